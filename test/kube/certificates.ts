import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { command } from "../lab/command.ts";

/** A certificate with its key: PEM, and where the files are. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
  readonly certFile: string;
  readonly keyFile: string;
}

export interface Authority extends Pair {
  readonly directory: string;
  /** Signs a certificate: subject as `/O=…/CN=…`, names as subjectAltName has them. */
  issue(name: string, subject: string, names?: string): Promise<Pair>;
}

const openssl = (words: readonly string[]): Promise<string> => command("openssl", words, { timeout: 20_000 });
const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

const read = async (certFile: string, keyFile: string): Promise<Pair> => ({
  cert: await readFile(certFile, "utf8"),
  key: await readFile(keyFile, "utf8"),
  certFile,
  keyFile,
});

/** A CA of a test's own, made by the openssl program: a second opinion beside kbs's own certificates. */
export const makeAuthority = async (): Promise<Authority> => {
  const directory = await mkdtemp(join(tmpdir(), "kbs-kube-"));
  const files = (name: string): [string, string] => [join(directory, `${name}.crt`), join(directory, `${name}.key`)];
  const [caCert, caKey] = files("ca");
  await openssl(["req", "-x509", ...newKey, "-keyout", caKey, "-out", caCert, "-days", "2", "-subj", "/CN=kubernetes-ca"]);
  const issue = async (name: string, subject: string, names = ""): Promise<Pair> => {
    const [cert, key] = files(name);
    const [request, extensions] = [join(directory, `${name}.csr`), join(directory, `${name}.ext`)];
    await openssl(["req", ...newKey, "-keyout", key, "-out", request, "-subj", subject]);
    await writeFile(extensions, `basicConstraints=CA:FALSE\n${names === "" ? "" : `subjectAltName=${names}\n`}`);
    // Told of no file of numbers, openssl draws one: with such a file, two that are signed at once would both write it.
    const by = ["-CA", caCert, "-CAkey", caKey, "-days", "1", "-extfile", extensions];
    await openssl(["x509", "-req", "-in", request, "-out", cert, ...by]);
    return read(cert, key);
  };
  return { directory, issue, ...(await read(caCert, caKey)) };
};

import { once } from "node:events";
import { createSecureServer, type Http2SecureServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { caHash, signCa, signLeaf, type Validity } from "../../../src/pki/certificate.ts";
import { detachedJws } from "../../../src/pki/jws.ts";
import { generateKey, privateKeyPem } from "../../../src/pki/keys.ts";
import { renderClusterInfo } from "../../../src/pki/kubeconfig/kubeconfig.ts";
import { sansOf } from "../../../src/pki/names.ts";
import { parseToken } from "../../../src/pki/token.ts";

export const token = parseToken("abcdef.0123456789abcdef", "test");

const hour = 3_600_000;
const usual = (): Validity => ({ notBefore: new Date(Date.now() - hour), notAfter: new Date(Date.now() + 24 * hour) });

export interface TestCa {
  /** PEM. */
  readonly pem: string;
  readonly hash: string;
  readonly issue: (names: readonly string[], validity?: Validity) => Promise<{ readonly cert: string; readonly key: string }>;
}

export const makeCa = async (validity: Validity = usual()): Promise<TestCa> => {
  const key = await generateKey("ECDSA-P256");
  const certificate = signCa("kubernetes", key, validity);
  const issue: TestCa["issue"] = async (names, life = usual()) => {
    const own = await generateKey("ECDSA-P256");
    const request = { commonName: "kube-apiserver", usages: ["serverAuth"] as const, sans: sansOf(names), key: own };
    return { cert: signLeaf(request, { certificate, key }, life).toString(), key: privateKeyPem(own) };
  };
  return { pem: certificate.toString(), hash: caHash(certificate.toString()), issue };
};

interface Reply {
  readonly code: number;
  readonly body: string;
  readonly type?: string;
  readonly date?: Date;
}

export const json = (code: number, body: unknown): Reply => ({ code, body: JSON.stringify(body), type: "application/json" });
export const status = (code: number, message: string): Reply => json(code, { kind: "Status", apiVersion: "v1", code, message });

/** What a server answers to the n-th question, counted from 1. */
type Answers = (nth: number) => Reply;

export interface TestServer {
  readonly port: number;
  /** Questions so far, with what they carried to log in. */
  readonly asked: readonly { readonly path: string; readonly authorization: string | undefined }[];
  answer: Answers;
  readonly close: () => void;
}

export const serve = async (pair: { readonly cert: string; readonly key: string }): Promise<TestServer> => {
  const server: Http2SecureServer = createSecureServer(pair);
  const asked: { path: string; authorization: string | undefined }[] = [];
  const found: TestServer & { port: number } = {
    port: 0,
    asked,
    answer: () => status(404, "nothing here"),
    close: () => server.close(),
  };
  server.on("sessionError", () => undefined);
  server.on("session", (session) => session.on("error", () => undefined));
  server.on("stream", (stream, headers) => {
    stream.on("error", () => undefined);
    asked.push({ path: headers[":path"] ?? "", authorization: headers.authorization });
    const { code, body, type = "text/plain", date } = found.answer(asked.length);
    const dated = date === undefined ? {} : { date: date.toUTCString() };
    stream.respond({ ":status": code, "content-type": type, ...dated });
    stream.end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (!isAddress(address)) throw new Error("no port");
  found.port = address.port;
  return found;
};

const isAddress = (address: AddressInfo | string | null): address is AddressInfo => typeof address === "object" && address !== null;

export const clusterInfo = (kubeconfig: string, signatures: Readonly<Record<string, string>>): Reply =>
  json(200, { kind: "ConfigMap", apiVersion: "v1", data: { kubeconfig, ...signatures } });

/** cluster-info as a cluster has it that listens on a port of this machine, signed by the token. */
export const signedInfo = (ca: string, port: number, host = "127.0.0.1"): Reply => {
  const kubeconfig = renderClusterInfo(`https://${host}:${port}`, ca);
  return clusterInfo(kubeconfig, { [`jws-kubeconfig-${token.id}`]: detachedJws(token, kubeconfig) });
};

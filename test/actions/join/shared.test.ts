import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openWithToken } from "../../../src/actions/join/discover.ts";
import { downloadShared, sharedHere } from "../../../src/actions/join/shared.ts";
import { newCertificateKey, seal } from "../../../src/pki/certificate-key.ts";
import { generateKey, privateKeyPem, publicKeyPem } from "../../../src/pki/keys.ts";
import { sharedFiles, sharedName } from "../../../src/pki/shared-files.ts";
import { makeCa } from "../../kube/discovery-by/cluster.ts";
import { answer, status } from "../../kube/local-server.ts";
import { serveLocally } from "../../kube/serve.ts";
import { foundAt } from "../found.ts";

const path = "/api/v1/namespaces/kube-system/secrets/kubeadm-certs";

const api = serveLocally((here) => openWithToken(foundAt(here), new AbortController().signal));
let reply: readonly [code: number, body: unknown];
/** What the control planes share. */
let files: ReadonlyMap<string, Buffer>;
let ca: string;
const key = newCertificateKey();

beforeAll(async () => {
  ca = (await makeCa()).pem;
  const made = await generateKey("ECDSA-P256");
  files = new Map(
    sharedFiles().map((file) => {
      const text = file.endsWith(".crt") ? ca : file.endsWith(".pub") ? publicKeyPem(made) : privateKeyPem(made);
      return [file, Buffer.from(text)];
    }),
  );
});

const upload = (changes: Readonly<Record<string, string>> = {}): void => {
  const data = Object.fromEntries([...files].map(([file, content]) => [sharedName(file), seal(content, key).toString("base64")]));
  const metadata = { name: "kubeadm-certs", namespace: "kube-system", resourceVersion: "1" };
  reply = [200, { apiVersion: "v1", kind: "Secret", metadata, data: { ...data, ...changes } }];
};

beforeEach(() => {
  upload();
  api.server.handle((asked) => {
    const [code, body] = asked.path === path ? reply : [404, status(404, "NotFound", "not found")];
    answer(asked, code, body);
  });
});

const download = (by = key, known = ca) => downloadShared(api.kube, { key: by, ca: known }, new AbortController().signal);
const again = { details: { hint: expect.stringContaining("kbs init phase upload-certs --upload-certs") } };

describe("what was uploaded", () => {
  test("is brought to the paths that it came from", async () => {
    expect([...(await download())]).toEqual([...files]);
  });

  test("and has been deleted, or was never there, is told with how to upload it again", async () => {
    reply = [404, status(404, "NotFound", "not found")];
    await expect(download()).rejects.toMatchObject({ exit: "phase", message: expect.stringContaining("is not in the cluster"), ...again });
    reply = [403, status(403, "Forbidden", "you may not")];
    await expect(download()).rejects.toMatchObject({ exit: "phase", message: expect.stringContaining("may not read"), ...again });
  });

  test("by another key is told so, and the key is in no word of it", async () => {
    const other = newCertificateKey();
    const error: unknown = await download(other).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ exit: "phase", message: "the certificate key does not open what was uploaded", ...again });
    expect(JSON.stringify(error)).not.toContain(other);
  });

  test("without one of its parts, as where a CA is kept elsewhere, is no upload", async () => {
    upload({ "etcd-ca.key": "" });
    await expect(download()).rejects.toMatchObject({ message: "what was uploaded has no etcd-ca.key", ...again });
  });

  test("that holds neither certificates nor keys, or those of another cluster, is refused", async () => {
    upload({ "sa.pub": seal(Buffer.from("something else"), key).toString("base64") });
    await expect(download()).rejects.toMatchObject({ message: "what was uploaded as sa.pub is neither a certificate nor a key" });
    upload();
    const other = (await makeCa()).pem;
    await expect(download(key, other)).rejects.toMatchObject({ message: "what was uploaded has another CA than the cluster presents" });
  });
});

/** Those of the files that lie on a machine. */
const found = (left: (file: string) => boolean) =>
  new Map([...files].filter(([file]) => left(file)).map(([file, content]) => [file, { mode: 0o600, content }]));

describe("what was copied by hand", () => {
  test("is taken as it is", () => {
    expect([...sharedHere(found(() => true))]).toEqual([...files]);
  });

  test("and is not whole is told by what is missing, with the other way", () => {
    expect(() => sharedHere(found((file) => !file.endsWith(".key")))).toThrow(
      "lacks what control planes share: /etc/kubernetes/pki/ca.key, /etc/kubernetes/pki/front-proxy-ca.key, /etc/kubernetes/pki/etcd/ca.key, /etc/kubernetes/pki/sa.key",
    );
  });
});

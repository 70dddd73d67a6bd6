import { once } from "node:events";
import { connect, createServer, type TLSSocket } from "node:tls";
import { describe, expect, onTestFinished, test } from "vitest";
import type { PkiFile } from "../../src/pki/issue.ts";
import { clientOf, fewKeys, issue, textOf } from "./support.ts";

/** A server that wants a client certificate of `ca` and answers with the user it saw. Returns its port. */
const serve = async (files: readonly PkiFile[], base: string, ca: string): Promise<number> => {
  const options = {
    cert: textOf(files, `${base}.crt`),
    key: textOf(files, `${base}.key`),
    ca: textOf(files, `${ca}.crt`),
    requestCert: true,
  };
  const server = createServer({ ...options, rejectUnauthorized: true }, (socket: TLSSocket) => {
    const { O = "-", CN } = socket.getPeerCertificate().subject;
    socket.on("error", () => undefined).end(`${String(O)} ${String(CN)}`);
  });
  server.on("tlsClientError", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return address.port;
};

interface Client {
  readonly certificate: string;
  readonly key: string;
}

/** Connects as a client that verifies `servername`; resolves with the server's answer. */
const ask = async (port: number, client: Client, ca: string, servername: string): Promise<string> => {
  const socket = connect({ host: "127.0.0.1", port, ca, cert: client.certificate, key: client.key, servername, timeout: 5000 });
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(socket, "end");
  socket.destroy();
  return Buffer.concat(chunks).toString();
};

describe.each(["RSA-2048", "ECDSA-P256", "ECDSA-P384"] as const)("over TLS with %s keys", (algorithm) => {
  test("the API server and the users of the kubeconfigs know each other", async () => {
    const files = await issue({ keys: await fewKeys(algorithm) });
    const port = await serve(files, "apiserver", "ca");
    const ca = textOf(files, "ca.crt");
    expect(await ask(port, clientOf(files, "admin.conf"), ca, "kubernetes")).toBe("kubeadm:cluster-admins kubernetes-admin");
    expect(await ask(port, clientOf(files, "kubelet.conf"), ca, "cp1")).toBe("system:nodes system:node:cp1");
    expect(await ask(port, clientOf(files, "scheduler.conf"), ca, "kubernetes.default.svc")).toBe("- system:kube-scheduler");
    await expect(ask(port, clientOf(files, "admin.conf"), ca, "example.com")).rejects.toThrow("does not match certificate");
  });

  test("etcd, its peers and the API server know each other, and nobody of another CA", async () => {
    const files = await issue({ keys: await fewKeys(algorithm) });
    const port = await serve(files, "etcd/server", "etcd/ca");
    const pair = (base: string): Client => ({ certificate: textOf(files, `${base}.crt`), key: textOf(files, `${base}.key`) });
    const ca = textOf(files, "etcd/ca.crt");
    const users = [];
    for (const base of ["apiserver-etcd-client", "etcd/peer", "etcd/healthcheck-client"])
      users.push(await ask(port, pair(base), ca, "localhost"));
    expect(users).toEqual(["- kube-apiserver-etcd-client", "- cp1", "- kube-etcd-healthcheck-client"]);
    // With TLS 1.3 the client is sent away after its side of the handshake: it sees an end or a reset, never an answer.
    expect(await ask(port, pair("apiserver-kubelet-client"), ca, "localhost").catch(() => "")).toBe("");
  });
});

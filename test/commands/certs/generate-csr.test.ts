import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { openssl } from "../../pki/support.ts";
import { runKbs, withFolder } from "../run-kbs.ts";

const kbs = (folder: string, ...words: readonly string[]) =>
  runKbs(
    ["certs", "generate-csr", "--cert-dir", "pki", "--kubeconfig-dir", ".", ...words].map((word) =>
      word === "pki" || word === "." ? join(folder, word) : word,
    ),
    { cwd: folder },
  );

/** What openssl reads in a request, whose signature it has verified. */
const read = (folder: string, path: string): Promise<string> =>
  openssl(folder, "req", "-in", path, "-verify", "-noout", "-subject", "-nameopt", "RFC2253", "-text");

const leaves = [
  "apiserver",
  "apiserver-kubelet-client",
  "front-proxy-client",
  "etcd/server",
  "etcd/peer",
  "etcd/healthcheck-client",
  "apiserver-etcd-client",
];
const confs = ["admin.conf", "super-admin.conf", "kubelet.conf", "controller-manager.conf", "scheduler.conf"];

const config = (algorithm: string): string => `apiVersion: kbs/v1
kind: Cluster
metadata: { name: demo }
spec:
  hosts:
    - { name: cp1, address: 10.0.0.11, roles: [control-plane] }
  controlPlaneEndpoint: { host: k8s.example.com, port: 6443 }
  kubernetes: { encryptionAlgorithm: ${algorithm}, apiServer: { certSANs: [api.example.org] } }
`;

describe.each(["ECDSA-P256", "ECDSA-P384", "RSA-2048"])("kbs certs generate-csr with %s keys", (algorithm) => {
  test("writes what kubeadm writes, and openssl finds each request good and fitting its key", () =>
    withFolder(async (folder) => {
      writeFileSync(join(folder, "kbs.yaml"), config(algorithm));
      const { code, stdout, stderr } = await kbs(folder, "-f", join(folder, "kbs.yaml"));
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      const paths = [
        ...leaves.flatMap((base) => [`pki/${base}.key`, `pki/${base}.csr`]),
        ...confs.flatMap((name) => [name, `${name}.csr`]),
      ];
      expect(stdout.trim().split("\n").toSorted()).toEqual(paths.map((path) => join(folder, path)).toSorted());
      for (const path of paths) expect([path, statSync(join(folder, path)).mode & 0o777]).toEqual([path, 0o600]);
      for (const base of leaves) {
        const [ofKey, ofRequest] = await Promise.all([
          openssl(folder, "pkey", "-in", `pki/${base}.key`, "-pubout"),
          openssl(folder, "req", "-in", `pki/${base}.csr`, "-noout", "-pubkey"),
        ]);
        expect(ofRequest).toBe(ofKey);
      }
      const [server, client] = await Promise.all([read(folder, "pki/apiserver.csr"), read(folder, "pki/apiserver-kubelet-client.csr")]);
      expect(server).toContain("subject=CN=kube-apiserver\n");
      for (const name of [
        "DNS:api.example.org",
        "DNS:cp1",
        "DNS:k8s.example.com",
        "DNS:kubernetes.default.svc.cluster.local",
        "IP Address:10.96.0.1",
        "IP Address:10.0.0.11",
      ])
        expect(server).toContain(name);
      expect(client).not.toContain("X509v3");
      expect(server).not.toContain("Extended Key Usage");
    }));
});

test("kubeconfigs hold the key of the request beside them, and neither certificate nor CA", () =>
  withFolder(async (folder) => {
    writeFileSync(join(folder, "kbs.yaml"), config("ECDSA-P256"));
    await kbs(folder, "-f", join(folder, "kbs.yaml"));
    const users = { "admin.conf": "O=kubeadm:cluster-admins,CN=kubernetes-admin", "kubelet.conf": "O=system:nodes,CN=system:node:cp1" };
    for (const [name, subject] of Object.entries(users)) {
      const kubeconfig: { clusters: unknown; users: { name: string; user: Record<string, string> }[] } = parse(
        readFileSync(join(folder, name), "utf8"),
      );
      expect(kubeconfig.clusters).toEqual([{ name: "kubernetes", cluster: { server: "https://k8s.example.com:6443" } }]);
      const [user] = kubeconfig.users;
      expect(Object.keys(user?.user ?? {})).toEqual(["client-key-data"]);
      writeFileSync(join(folder, "user.key"), Buffer.from(user?.user["client-key-data"] ?? "", "base64"));
      expect(await openssl(folder, "req", "-in", `${name}.csr`, "-noout", "-pubkey")).toBe(
        await openssl(folder, "pkey", "-in", "user.key", "-pubout"),
      );
      const asked = (await read(folder, `${name}.csr`)).match(/^subject=(.*)$/m)?.[1];
      expect(asked?.split(",").toSorted()).toEqual(subject.split(",").toSorted());
    }
  }));

test("an external CA signs a request of this machine as it is, and openssl verifies the outcome", () =>
  withFolder(async (folder) => {
    expect((await kbs(folder)).code).toBe(0);
    await openssl(
      folder,
      "req",
      "-x509",
      "-newkey",
      "rsa:2048",
      "-nodes",
      "-keyout",
      "ca.key",
      "-out",
      "ca.crt",
      "-days",
      "2",
      "-subj",
      "/CN=elsewhere",
    );
    await openssl(
      folder,
      "x509",
      "-req",
      "-in",
      "pki/etcd/server.csr",
      "-CA",
      "ca.crt",
      "-CAkey",
      "ca.key",
      "-CAcreateserial",
      "-days",
      "1",
      "-copy_extensions",
      "copy",
      "-out",
      "server.crt",
    );
    const name = hostname().toLowerCase();
    expect(await openssl(folder, "verify", "-CAfile", "ca.crt", "-verify_hostname", name, "server.crt")).toBe("server.crt: OK\n");
  }));

test("nothing that is there is written over, and nothing else is written then", () =>
  withFolder(async (folder) => {
    writeFileSync(join(folder, "scheduler.conf"), "mine");
    const { code, stderr } = await kbs(folder);
    expect(code).toBe(2);
    expect(stderr).toContain(`${join(folder, "scheduler.conf")} is there already; nothing was written`);
    expect(readdirSync(folder).filter((name) => name !== ".local")).toEqual(["scheduler.conf"]);
    expect(readFileSync(join(folder, "scheduler.conf"), "utf8")).toBe("mine");
  }));

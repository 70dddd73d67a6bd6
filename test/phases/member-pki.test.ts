import { X509Certificate } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { PkiFilesFact } from "../../src/facts/index.ts";
import { fileIn, pkiChange, pkiOf } from "../../src/phases/common/pki.ts";
import type { Context } from "../../src/phases/context.ts";
import { makeMemberPki, makePki } from "../../src/phases/make-pki.ts";
import type { PkiFile } from "../../src/pki/issue.ts";
import { readKubeconfig } from "../../src/pki/kubeconfig/kubeconfig.ts";
import { cluster, healthy } from "../preflight/hosts.ts";
import { contextOf } from "./context.ts";

const pkiFileOf = (context: Context, host: string, path: string): PkiFile => fileIn(pkiOf(context, host), path);

const wished = cluster(
  {},
  {
    controlPlaneEndpoint: "k8s.example.com:6443",
    hosts: [1, 2].map((nth) => ({ name: `cp${nth}`, address: `10.0.0.${nth}`, roles: ["control-plane"] as const })),
  },
);
const facts = new Map(wished.hosts.map(({ name }, nth) => [name, healthy(nth + 1)]));
const tools = { signal: new AbortController().signal, waiting: () => undefined, warn: () => undefined };

const settle = async (changes: Partial<Context> = {}): Promise<Context> => {
  const context = contextOf({ cluster: wished, facts, ...changes });
  await makePki.act?.(context, "cp1", tools);
  await makeMemberPki.act?.(context, "cp2", tools);
  return context;
};

const pki = "/etc/kubernetes/pki";
const shared = ["ca", "front-proxy-ca", "etcd/ca"].flatMap((name) => [`${pki}/${name}.key`, `${pki}/${name}.crt`]);
const sharedKeys = [...shared, `${pki}/sa.key`, `${pki}/sa.pub`];

/** What a host holds after these files were written there. */
const written = (files: readonly PkiFile[], which: (path: string) => boolean = () => true): PkiFilesFact =>
  new Map(files.filter(({ path }) => which(path)).map(({ path, mode, content }) => [path, { mode, content }]));

describe("a control plane beside the first one", () => {
  test("gets the same CAs and keys of service accounts, and certificates of its own by them", async () => {
    const context = await settle();
    for (const path of sharedKeys)
      expect(pkiFileOf(context, "cp2", path).content.equals(pkiFileOf(context, "cp1", path).content)).toBe(true);
    const ca = new X509Certificate(pkiFileOf(context, "cp1", `${pki}/ca.crt`).content);
    const etcdCa = new X509Certificate(pkiFileOf(context, "cp1", `${pki}/etcd/ca.crt`).content);
    const apiServer = new X509Certificate(pkiFileOf(context, "cp2", `${pki}/apiserver.crt`).content);
    expect(apiServer.verify(ca.publicKey)).toBe(true);
    expect([apiServer.checkIP("10.0.0.2"), apiServer.checkHost("cp2"), apiServer.checkHost("k8s.example.com")].every(Boolean)).toBe(true);
    expect(apiServer.checkIP("10.0.0.1")).toBeUndefined();
    for (const name of ["server", "peer"]) {
      const certificate = new X509Certificate(pkiFileOf(context, "cp2", `${pki}/etcd/${name}.crt`).content);
      expect([certificate.verify(etcdCa.publicKey), certificate.subject, certificate.checkIP("10.0.0.2")]).toEqual([
        true,
        "CN=cp2",
        "10.0.0.2",
      ]);
    }
  });

  test("gets kubeadm's kubeconfigs of one that joins: the administrator's to the endpoint, all others to itself, no super-admin.conf", async () => {
    const context = await settle();
    const files = pkiOf(context, "cp2").filter(({ path }) => path.endsWith(".conf"));
    const servers = files.map(({ path, content }) => [path.replace("/etc/kubernetes/", ""), readKubeconfig(content.toString())?.server]);
    expect(servers).toEqual([
      ["admin.conf", "https://k8s.example.com:6443"],
      ["kubelet.conf", "https://10.0.0.2:6443"],
      ["controller-manager.conf", "https://10.0.0.2:6443"],
      ["scheduler.conf", "https://10.0.0.2:6443"],
    ]);
  });

  test("keeps all that is good on it in a second run", async () => {
    const first = await settle();
    const pkiFound = new Map(["cp1", "cp2"].map((name) => [name, written(pkiOf(first, name))]));
    const again = await settle({ pkiFound });
    for (const name of ["cp1", "cp2"]) expect(pkiOf(again, name).filter(({ reason }) => reason !== undefined)).toEqual([]);
    const change = pkiChange(pkiFileOf(again, "cp2", `${pki}/ca.key`), again, "cp2");
    expect(change).toHaveProperty("keep");
  });

  test("that a killed run has served first is believed: there is one CA, wherever it was written to", async () => {
    const first = await settle();
    const pkiFound = new Map([["cp2", written(pkiOf(first, "cp2"), (path) => path.startsWith(`${pki}/ca.`))]]);
    const again = await settle({ pkiFound });
    expect(pkiFileOf(again, "cp1", `${pki}/ca.key`).content.equals(pkiFileOf(first, "cp1", `${pki}/ca.key`).content)).toBe(true);
    expect(pkiFileOf(again, "cp1", `${pki}/ca.key`).reason).toBe("it is missing");
    expect(pkiFileOf(again, "cp2", `${pki}/ca.key`).reason).toBeUndefined();
    expect(pkiFileOf(again, "cp2", `${pki}/etcd/ca.key`).reason).toBe("it is missing");
  });

  test("that never ran, with keys of another attempt, gets the cluster's; one that runs with others is refused", async () => {
    const [one, other] = [await settle(), await settle()];
    const pkiFound = new Map([
      ["cp1", written(pkiOf(one, "cp1"))],
      ["cp2", written(pkiOf(other, "cp2"))],
    ]);
    const again = await settle({ pkiFound });
    expect(pkiFileOf(again, "cp2", `${pki}/ca.key`)).toMatchObject({ reason: "it is not the one that the other control planes have" });
    expect(pkiFileOf(again, "cp2", `${pki}/apiserver.crt`).reason).toBe("the certificate is not signed by its CA");
    const runs = new Map(
      [...facts].map(([name, found]) => [
        name,
        { ...found, kubernetes: { ...found.kubernetes, manifests: ["/etc/kubernetes/manifests/kube-apiserver.yaml"] } },
      ]),
    );
    await expect(settle({ pkiFound, facts: runs })).rejects.toThrow(`cp2 is a control plane with another ${pki}/ca.key than cp1`);
  });
});

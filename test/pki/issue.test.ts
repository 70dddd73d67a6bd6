import { X509Certificate } from "node:crypto";
import { describe, expect, test } from "vitest";
import { preparePki } from "../../src/pki/issue.ts";
import { certificates, isLeaf, kubeconfigs, pkiPaths } from "../../src/pki/table.ts";
import { secrets } from "../../src/shared/secrets.ts";
import { asExisting, clientOf, days, issue, names, noKeys, now, textOf } from "./support.ts";

const pki = "/etc/kubernetes/pki";
const without = (files: Map<string, Buffer>, ...gone: readonly string[]): Map<string, Buffer> =>
  new Map([...files].filter(([path]) => !gone.includes(path)));
const madeNew = (files: Awaited<ReturnType<typeof issue>>): string[] =>
  files.flatMap(({ path, reason }) => (reason === undefined ? [] : [`${path.replace("/etc/kubernetes/", "")}: ${reason}`]));

describe("the files of a first control plane", () => {
  test("come in kubeadm's order with kubeadm's modes", async () => {
    const files = await issue();
    expect(
      files.map(({ path, mode, secret }) => `${path.replace("/etc/kubernetes/", "")} ${mode.toString(8)}${secret ? " secret" : ""}`),
    ).toEqual([
      ...[
        "ca",
        "apiserver",
        "apiserver-kubelet-client",
        "front-proxy-ca",
        "front-proxy-client",
        "etcd/ca",
        "etcd/server",
        "etcd/peer",
      ].flatMap(pairLines),
      ...["etcd/healthcheck-client", "apiserver-etcd-client"].flatMap(pairLines),
      "pki/sa.key 600 secret",
      "pki/sa.pub 600",
      "admin.conf 600 secret",
      "super-admin.conf 600 secret",
      "kubelet.conf 600 secret",
      "controller-manager.conf 600 secret",
      "scheduler.conf 600 secret",
    ]);
    expect(files.map(({ path }) => path)).toEqual(pkiPaths);
  });

  test("are all kept by the second run, byte for byte, without a key being made", async () => {
    const files = await issue();
    const again = await issue({ existing: asExisting(files), keys: noKeys });
    expect(again).toEqual(files.map((file) => ({ ...file, reason: undefined })));
  });

  test("hand every private key to the register of secrets", async () => {
    const files = await issue({ keys: preparePki("ECDSA-P256") });
    const keys = [
      ...files.filter(({ path }) => path.endsWith(".key")).map(({ content }) => content.toString()),
      ...kubeconfigs.map(({ name }) => clientOf(files, name).key),
    ];
    expect(keys).toHaveLength(16);
    for (const key of keys) expect(secrets.mask(`x ${key.split("\n")[2]} y`)).toBe("x *** y");
    for (const { name } of kubeconfigs) {
      const data = /client-key-data: (\S+)/.exec(textOf(files, name))?.[1] ?? "";
      expect(secrets.mask(`x ${data} y`)).toBe("x *** y");
    }
  });

  test("read from a host become secrets even if they cannot be used", async () => {
    const key = "-----BEGIN PRIVATE KEY-----\nAAAABBBBCCCCDDDD\n-----END PRIVATE KEY-----\n";
    await expect(issue({ existing: new Map([[`${pki}/ca.key`, Buffer.from(key)]]) })).rejects.toThrow("its key cannot be read");
    expect(secrets.mask("AAAABBBBCCCCDDDD")).toBe("***");
  });
});

const pairLines = (base: string): string[] => [`pki/${base}.key 600 secret`, `pki/${base}.crt 644`];

describe("a later run makes new", () => {
  test("the certificate of the API server alone, when a name was added", async () => {
    const files = await issue();
    const again = await issue({ existing: asExisting(files), names: { ...names, apiServerSans: ["k8s.example.com"] } });
    const reason = "the certificate lacks the name k8s.example.com";
    expect(madeNew(again)).toEqual([`pki/apiserver.key: ${reason}`, `pki/apiserver.crt: ${reason}`]);
    expect(new X509Certificate(textOf(again, "apiserver.crt")).checkHost("k8s.example.com")).toBe("k8s.example.com");
  });

  test("what ended, and keeps the CAs", async () => {
    const files = await issue();
    const again = await issue({ existing: asExisting(files), now: new Date(now.getTime() + days(366)) });
    const leaves = certificates.filter(isLeaf);
    expect(madeNew(again)).toHaveLength(2 * leaves.length + kubeconfigs.length);
    expect(textOf(again, "ca.crt")).toBe(textOf(files, "ca.crt"));
    expect(textOf(again, "sa.key")).toBe(textOf(files, "sa.key"));
  });

  test("what ends within the time that the caller names", async () => {
    const existing = asExisting(await issue());
    const at = new Date(now.getTime() + days(340));
    expect(madeNew(await issue({ existing, now: at, keys: noKeys }))).toEqual([]);
    expect(madeNew(await issue({ existing, now: at, renewWithinMs: days(30) }))[0]).toBe(
      "pki/apiserver.key: the certificate expires in 24 days",
    );
  });

  test("a kubeconfig whose endpoint moved", async () => {
    const existing = asExisting(await issue({ names: { ...names, apiServerSans: ["k8s.example.com"] } }));
    const again = await issue({ existing, names: { ...names, controlPlaneEndpoint: { host: "k8s.example.com", port: 6443 } } });
    const reason = "its server is not https://k8s.example.com:6443";
    expect(madeNew(again)).toEqual([`admin.conf: ${reason}`, `super-admin.conf: ${reason}`]);
  });

  test("sa.pub from sa.key", async () => {
    const files = await issue();
    const again = await issue({ existing: without(asExisting(files), `${pki}/sa.pub`), keys: noKeys });
    expect(madeNew(again)).toEqual(["pki/sa.pub: the public key is missing"]);
    expect(textOf(again, "sa.pub")).toBe(textOf(files, "sa.pub"));
  });

  test("the certificate of a CA from its key, under which all that it signed stays good", async () => {
    const files = await issue();
    const again = await issue({
      existing: without(asExisting(files), `${pki}/ca.crt`, ...kubeconfigs.map(({ name }) => `/etc/kubernetes/${name}`)),
    });
    expect(madeNew(again)[0]).toBe("pki/ca.crt: the certificate is missing");
    expect(madeNew(again).filter((line) => line.startsWith("pki/"))).toHaveLength(1);
  });
});

const isCa = ({ path }: { path: string }): boolean => path.endsWith("ca.crt");

test.each(pkiPaths.map((path, index) => [path, index] as const))("a run cut short before %s is finished by the next", async (_, count) => {
  const begun = (await issue()).slice(0, count);
  const again = await issue({ existing: asExisting(begun) });
  expect(madeNew(await issue({ existing: asExisting(again), keys: noKeys }))).toEqual([]);
  // A CA that was written stays that CA.
  expect(
    again
      .filter(isCa)
      .slice(0, begun.filter(isCa).length)
      .map(({ content }) => content),
  ).toEqual(begun.filter(isCa).map(({ content }) => content));
});

describe("a run stops before it cuts a living cluster off", () => {
  test.each([
    ["ca", "apiserver"],
    ["front-proxy-ca", "front-proxy-client"],
    ["etcd/ca", "etcd/server"],
  ])("when %s is gone and %s is there", async (ca, leaf) => {
    const existing = without(asExisting(await issue()), `${pki}/${ca}.crt`, `${pki}/${ca}.key`);
    await expect(issue({ existing, keys: noKeys })).rejects.toThrow(
      `${pki}/${ca}.crt and ${pki}/${ca}.key are missing, but ${pki}/${leaf}.crt, which they signed, exists`,
    );
  });
});

test("a further control plane shares the CAs and the keys of service accounts, and gets no super-admin.conf", async () => {
  const first = await issue();
  const shared = ["ca.crt", "ca.key", "front-proxy-ca.crt", "front-proxy-ca.key", "etcd/ca.crt", "etcd/ca.key", "sa.key", "sa.pub"];
  const second = await issue({
    existing: new Map(shared.map((name) => [`${pki}/${name}`, Buffer.from(textOf(first, name))])),
    names: { ...names, nodeName: "cp2", advertiseAddress: "10.0.0.12", address: "203.0.113.8" },
    kubeconfigs: kubeconfigs.filter(({ name }) => name !== "super-admin.conf" && name !== "kubelet.conf"),
  });
  expect(
    second
      .filter(({ reason }) => reason === undefined)
      .map(({ path }) => path.slice(pki.length + 1))
      .toSorted(),
  ).toEqual(shared.toSorted());
  expect(second.slice(-3).map(({ path }) => path)).toEqual([
    "/etc/kubernetes/admin.conf",
    "/etc/kubernetes/controller-manager.conf",
    "/etc/kubernetes/scheduler.conf",
  ]);
  const [server, ca] = [new X509Certificate(textOf(second, "etcd/server.crt")), new X509Certificate(textOf(first, "etcd/ca.crt"))];
  expect([server.checkHost("cp2"), server.checkIP("10.0.0.12"), server.verify(ca.publicKey)]).toEqual(["cp2", "10.0.0.12", true]);
});

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { kubernetes } from "../../src/facts/kubernetes.ts";
import { etcdUnit } from "../../src/templates/etcd/unit.ts";
import { etcdPod, staticPodManifest } from "../../src/templates/static-pods/index.ts";
import { cluster } from "../preflight/hosts.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "kbs-etcd-"));
  mkdirSync(join(root, "manifests"));
});
afterEach(() => rmSync(root, { recursive: true }));

const ask = () => {
  const script = kubernetes.question.script.replaceAll("/etc/kubernetes", root).replaceAll("/etc/systemd/system", root);
  const { status, stdout } = spawnSync("/bin/sh", ["-c", script], { encoding: "utf8" });
  return kubernetes.parse(stdout, status ?? 1).etcd;
};

const write = (joining?: readonly { readonly name: string; readonly peerUrl: string }[]): void => {
  const made = cluster({}, { etcd: { dataDir: join(root, "data") } });
  const [node = { name: "", internalAddress: "" }] = made.hosts;
  const pod = etcdPod({ cluster: made, node, image: "etcd", ...(joining && { joining }) });
  writeFileSync(join(root, "manifests/etcd.yaml"), staticPodManifest(pod).content);
};

test("a host without etcd says nothing of it", () => {
  expect(ask()).toBeUndefined();
});

test("the first member of a cluster is told from one that has joined, and one that was started from one that was not", () => {
  write();
  expect(ask()).toMatchObject({ initialCluster: "cp1=https://10.0.0.11:2380", hasData: false });
  mkdirSync(join(root, "data/member"), { recursive: true });
  write([
    { name: "cp0", peerUrl: "https://10.0.0.10:2380" },
    { name: "cp1", peerUrl: "https://10.0.0.11:2380" },
  ]);
  expect(ask()).toMatchObject({
    initialCluster: "cp0=https://10.0.0.10:2380,cp1=https://10.0.0.11:2380",
    initialState: "existing",
    hasData: true,
  });
});

test("a member tells where its data are, and its CA, and so its certificates", () => {
  write();
  expect(ask()).toMatchObject({ caFile: "/etc/kubernetes/pki/etcd/ca.crt", dataDir: join(root, "data") });
});

test("a member that is a service is known by its unit", () => {
  const made = cluster({}, { etcd: { dataDir: join(root, "data") } });
  const node = { name: "e2", internalAddress: "10.0.0.32" };
  const joining = [
    { name: "e1", peerUrl: "https://10.0.0.31:2380" },
    { name: "e2", peerUrl: "https://10.0.0.32:2380" },
  ];
  writeFileSync(join(root, "etcd.service"), etcdUnit({ cluster: made, node, joining }).content);
  const initialCluster = "e1=https://10.0.0.31:2380,e2=https://10.0.0.32:2380";
  expect(ask()).toMatchObject({ initialCluster, initialState: "existing", hasData: false, dataDir: join(root, "data") });
  mkdirSync(join(root, "data/member"), { recursive: true });
  expect(ask()?.hasData).toBe(true);
});

import { expect, test } from "vitest";
import { etcdUnit } from "../../../src/templates/etcd/unit.ts";
import { cluster, host } from "../cluster.ts";

const e1 = host("e1", "10.0.0.31", ["etcd"]);

const execStart = (content: string): readonly string[] => {
  const [, text = ""] = /^ExecStart=([\s\S]*?)\n(?! )/m.exec(content) ?? [];
  return text.split(" \\\n  ");
};

test("the first member of a cluster starts with the flags of a static pod, on its own address", () => {
  const { path, content } = etcdUnit({ cluster, node: e1 });
  expect(path).toBe("/etc/systemd/system/etcd.service");
  expect(execStart(content)).toEqual([
    "/usr/local/bin/etcd",
    "--advertise-client-urls=https://10.0.0.31:2379",
    "--cert-file=/etc/kubernetes/pki/etcd/server.crt",
    "--client-cert-auth=true",
    "--data-dir=/var/lib/etcd",
    "--feature-gates=InitialCorruptCheck=true",
    "--initial-advertise-peer-urls=https://10.0.0.31:2380",
    "--initial-cluster=e1=https://10.0.0.31:2380",
    "--key-file=/etc/kubernetes/pki/etcd/server.key",
    "--listen-client-urls=https://127.0.0.1:2379,https://10.0.0.31:2379",
    "--listen-metrics-urls=http://127.0.0.1:2381",
    "--listen-peer-urls=https://10.0.0.31:2380",
    "--name=e1",
    "--peer-cert-file=/etc/kubernetes/pki/etcd/peer.crt",
    "--peer-client-cert-auth=true",
    "--peer-key-file=/etc/kubernetes/pki/etcd/peer.key",
    "--peer-trusted-ca-file=/etc/kubernetes/pki/etcd/ca.crt",
    "--snapshot-count=10000",
    "--trusted-ca-file=/etc/kubernetes/pki/etcd/ca.crt",
    "--watch-progress-notify-interval=5s",
  ]);
});

test("one that joins names all members as they are then", () => {
  const joining = [
    { name: "e1", peerUrl: "https://10.0.0.31:2380" },
    { name: "e2", peerUrl: "https://10.0.0.32:2380" },
  ];
  const words = execStart(etcdUnit({ cluster, node: host("e2", "10.0.0.32", ["etcd"]), joining }).content);
  expect(words).toContain("--initial-cluster=e1=https://10.0.0.31:2380,e2=https://10.0.0.32:2380");
  expect(words).toContain("--initial-cluster-state=existing");
});

test("what systemd would take for something else in an argument of one's own is written as it is meant", () => {
  const extraArgs = [
    { name: "log-outputs", value: "stderr,/var/log/100%/$HOME.log" },
    { name: "experimental-note", value: 'a "b" c' },
  ];
  const words = execStart(etcdUnit({ cluster: { ...cluster, etcd: { ...cluster.etcd, extraArgs } }, node: e1 }).content);
  expect(words).toContain("--log-outputs=stderr,/var/log/100%%/$$HOME.log");
  expect(words).toContain(String.raw`"--experimental-note=a \"b\" c"`);
});

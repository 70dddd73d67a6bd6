import { expect, test } from "vitest";
import { listeners } from "../../../src/actions/certs/listeners.ts";

const parse = (output: string) => listeners.parse(output, 0);

test("ports, addresses and files are those of the manifests, whatever they are", () => {
  const { all, localEtcd } = parse(`@@ kube-apiserver
--bind-address=10.0.0.11
--secure-port=7443
--tls-cert-file=/etc/kubernetes/pki/own.crt
@@ etcd
--cert-file=/etc/kubernetes/pki/etcd/server.crt
--listen-client-urls=https://10.0.0.11:2379,https://127.0.0.1:2379
--listen-peer-urls=https://[fd00::11]:2380
--peer-cert-file=/etc/kubernetes/pki/etcd/peer.crt
@@ kube-scheduler
--bind-address=::
--secure-port=11259'
@@ kubelet
--secure-port=10350
`);
  expect(localEtcd).toBe(true);
  expect(all.map(({ component, address, port, file }) => [component, address, port, file])).toEqual([
    ["kube-apiserver", "10.0.0.11", 7443, "/etc/kubernetes/pki/own.crt"],
    ["etcd", "127.0.0.1", 2379, "/etc/kubernetes/pki/etcd/server.crt"],
    ["etcd (peers)", "fd00::11", 2380, "/etc/kubernetes/pki/etcd/peer.crt"],
    ["kubelet", "127.0.0.1", 10_350, undefined],
    ["kube-scheduler", "127.0.0.1", 11_259, undefined],
  ]);
});

test("etcd is asked at the loopback address of IPv6 where it listens at that one", () => {
  const { all } = parse("@@ etcd\n--listen-client-urls=https://[fd00::11]:2379,https://[::1]:2379\n");
  expect(all.map(({ address, port }) => [address, port])).toEqual([["::1", 2379]]);
});

test("etcd is asked at the port of https where it listens at that one", () => {
  const { all } = parse("@@ etcd\n--listen-client-urls=https://10.0.0.11:443\n");
  expect(all.map(({ address, port }) => [address, port])).toEqual([["10.0.0.11", 443]]);
});

test("a component without a manifest is not asked, and where nothing is said it is asked at its usual place", () => {
  expect(parse("@@ kube-controller-manager\n")).toEqual({
    all: [{ component: "kube-controller-manager", address: "127.0.0.1", port: 10_257, ofEtcd: false }],
    localEtcd: false,
  });
});

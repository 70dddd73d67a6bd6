import { expect, test } from "vitest";
import { sharedFiles, sharedName, sharedPlaces } from "../../src/pki/shared-files.ts";
import { cluster } from "../templates/cluster.ts";

const names = (wished = cluster): readonly string[] => {
  const places = sharedPlaces(wished);
  return sharedFiles(places).map((path) => sharedName(path, places));
};

const own = ["ca.crt", "ca.key", "front-proxy-ca.crt", "front-proxy-ca.key", "sa.key", "sa.pub"];

test("control planes share etcd's CA where etcd is the cluster's own, under kubeadm's names", () => {
  expect(names().toSorted()).toEqual([...own, "etcd-ca.crt", "etcd-ca.key"].toSorted());
  expect(names({ ...cluster, etcd: { ...cluster.etcd, mode: "dedicated" } }).toSorted()).toEqual(names().toSorted());
});

test("and what clients of an external etcd log in by in place of it, wherever that lies", () => {
  const external = { endpoints: ["https://10.0.0.31:2379"], caFile: "/a/ca.pem", certFile: "/etc/kubernetes/pki/b.crt", keyFile: "/c" };
  const wished = { ...cluster, etcd: { ...cluster.etcd, mode: "external", external } } as const;
  expect(names(wished).toSorted()).toEqual([...own, "external-etcd-ca.crt", "external-etcd.crt", "external-etcd.key"].toSorted());
  expect(names({ ...wished, etcd: { ...wished.etcd, external: { endpoints: ["http://10.0.0.31:2379"] } } }).toSorted()).toEqual(own);
});

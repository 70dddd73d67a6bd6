import { describe, expect, test } from "vitest";
import { changeId, type KubeObject } from "../../../src/changes/change.ts";
import type { Cluster } from "../../../src/config/types.ts";
import { clusterAdminsBinding, nodeBootstrapObjects } from "../../../src/templates/objects/bootstrap.ts";
import { kubeadmConfigObjects, kubeletConfigObjects } from "../../../src/templates/objects/cluster-config.ts";
import { coreDnsObjects } from "../../../src/templates/objects/coredns.ts";
import { flannelObjects } from "../../../src/templates/objects/flannel.ts";
import { kubeProxyObjects } from "../../../src/templates/objects/kube-proxy.ts";
import { cases } from "../cases.ts";
import { withKubernetes } from "../cluster.ts";
import { faultsOf } from "../well-formed.ts";

const of = (wished: Cluster): readonly KubeObject[] => [
  clusterAdminsBinding,
  ...kubeadmConfigObjects(wished),
  ...kubeletConfigObjects(wished),
  ...nodeBootstrapObjects,
  ...coreDnsObjects(wished, { image: "coredns:1" }),
  ...kubeProxyObjects(wished, { image: "kube-proxy:1" }),
  ...flannelObjects(wished, { image: "flannel:1" }),
];

describe.each(Object.entries(cases))("the objects of %s", (_, wished) => {
  test.each(of(wished).map((object) => [changeId({ kind: "object", object }), object] as const))(
    "%s is one that server-side apply takes",
    (_id, object) => {
      expect(faultsOf(object)).toEqual([]);
    },
  );
});

test("kubeadm:cluster-admins is what makes admin.conf an administrator", () => {
  expect(clusterAdminsBinding).toMatchObject({
    roleRef: { kind: "ClusterRole", name: "cluster-admin" },
    subjects: [{ kind: "Group", name: "kubeadm:cluster-admins" }],
  });
});

const signed = (object: KubeObject | undefined): boolean => object?.metadata.annotations !== undefined;
const proxyConfig = (kubernetes: Partial<Cluster["kubernetes"]>) => kubeProxyObjects(withKubernetes(kubernetes), { image: "i" })[0];

test("from 1.37 on kube-proxy's default mode is written", () => {
  expect(JSON.stringify(proxyConfig({ version: "v1.37.0" }))).toContain("mode: iptables");
  expect(JSON.stringify(proxyConfig({ version: "v1.36.3" }))).not.toContain("mode: iptables");
});

test("a mode that kubeadm would not choose, or a user's fragment, is not signed as generated", () => {
  expect(signed(proxyConfig({}))).toBe(true);
  expect(signed(proxyConfig({ proxyMode: "nftables" }))).toBe(false);
  expect(signed(proxyConfig({ kubeProxy: { conntrack: { min: 0 } } }))).toBe(false);
});

test("from 1.37 on the DaemonSet of kube-proxy can be patched", () => {
  const patches = [
    {
      target: "kubeproxydaemonset",
      type: "strategic",
      content: { metadata: { labels: { rack: "r1" } } },
      file: "/p/kubeproxydaemonset.yaml",
    },
  ] as const;
  const labels = (version: string): unknown =>
    kubeProxyObjects({ ...withKubernetes({ version }), patches }, { image: "i" }).find(({ kind }) => kind === "DaemonSet")?.metadata.labels;
  expect(labels("v1.37.0")).toEqual({ "k8s-app": "kube-proxy", rack: "r1" });
  expect(labels("v1.36.3")).toEqual({ "k8s-app": "kube-proxy" });
});

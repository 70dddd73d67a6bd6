import { describe, expect, test } from "vitest";
import { changeId, type KubeObject } from "../../../src/changes/change.ts";
import { clusterAdminsBinding, nodeBootstrapObjects } from "../../../src/templates/objects/bootstrap.ts";
import { kubeadmConfigObjects, kubeletConfigObjects } from "../../../src/templates/objects/cluster-config.ts";
import { coreDnsObjects } from "../../../src/templates/objects/coredns.ts";
import { flannelObjects } from "../../../src/templates/objects/flannel.ts";
import { kubeProxyObjects } from "../../../src/templates/objects/kube-proxy.ts";
import { cases } from "../cases.ts";
import { cluster, withKubernetes } from "../cluster.ts";
import { checkWellFormed } from "../well-formed.ts";

const of = (wished: typeof cluster): readonly KubeObject[] => [
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
      checkWellFormed(object);
    },
  );
});

test("kubeadm:cluster-admins is what makes admin.conf an administrator", () => {
  expect(clusterAdminsBinding).toMatchObject({
    roleRef: { kind: "ClusterRole", name: "cluster-admin" },
    subjects: [{ kind: "Group", name: "kubeadm:cluster-admins" }],
  });
});

test("from 1.37 on kube-proxy's default mode is written", () => {
  const config = (version: string) => JSON.stringify(kubeProxyObjects(withKubernetes({ version }), { image: "i" })[0]);
  expect(config("v1.37.0")).toContain("mode: iptables");
  expect(config("v1.36.3")).not.toContain("mode:");
});

test("a mode that kubeadm would not choose, or a user's fragment, is not signed as generated", () => {
  const signed = (kubernetes: Partial<typeof cluster.kubernetes>) => {
    const [configMap] = kubeProxyObjects(withKubernetes(kubernetes), { image: "i" });
    return configMap?.metadata.annotations !== undefined;
  };
  expect(signed({})).toBe(true);
  expect(signed({ proxyMode: "nftables" })).toBe(false);
  expect(signed({ kubeProxy: { conntrack: { min: 0 } } })).toBe(false);
});

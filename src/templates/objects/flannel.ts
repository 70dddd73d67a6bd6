import type { KubeObject } from "../../changes/change.ts";
import type { Cluster } from "../../config/types.ts";
import { flannelCniPath, flannelPod } from "./flannel-pod.ts";
import { clusterRole, clusterRoleBinding, serviceAccount } from "./rbac.ts";
import { configMap, daemonSet, serviceAccountObject } from "./workload.ts";

const namespace = "kube-flannel";
const labels = { "k8s-app": "flannel" };

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** The plugin adds the node's subnet and MTU, which flanneld leaves in /run/flannel/subnet.env. */
const cniConfiguration = {
  name: "cbr0",
  cniVersion: "0.3.1",
  plugins: [
    { type: "flannel", delegate: { hairpinMode: true, isDefaultGateway: true } },
    { type: "portmap", capabilities: { portMappings: true } },
  ],
};

const backend = ({ backend: type, directRouting, mtu }: Cluster["network"]["flannel"]): unknown =>
  type === "vxlan"
    ? { Type: type, ...(directRouting ? { DirectRouting: true } : {}), ...(mtu === undefined ? {} : { MTU: mtu }) }
    : { Type: type };

/** What flannel puts in place as the node's CNI configuration. */
export const flannelCniFile = { path: flannelCniPath, mode: 0o644, content: json(cniConfiguration) };

export const flannelDaemonSet = { apiVersion: "apps/v1", kind: "DaemonSet", namespace, name: "kube-flannel-ds" };

const networkConfiguration = ({ kubernetes, network }: Cluster): unknown => {
  const subnets = kubernetes.podSubnet.split(",");
  const v4 = subnets.find((subnet) => !subnet.includes(":"));
  const v6 = subnets.find((subnet) => subnet.includes(":"));
  return {
    ...(v4 === undefined ? { EnableIPv4: false } : { Network: v4 }),
    ...(v6 === undefined ? {} : { EnableIPv6: true, IPv6Network: v6 }),
    Backend: backend(network.flannel),
  };
};

const rules = [
  { apiGroups: [""], resources: ["pods"], verbs: ["get"] },
  { apiGroups: [""], resources: ["nodes"], verbs: ["get", "list", "watch"] },
  { apiGroups: [""], resources: ["nodes/status"], verbs: ["patch"] },
];

/**
 * The pod network by flannel 0.28, after the manifest of its project and under its names, so that either may take over from the other. The
 * CNI plugin is not copied by a container: kbs has put it into /opt/cni/bin. Nothing where another pod network is wanted.
 */
export const flannelObjects = (cluster: Cluster, { image }: { readonly image: string }): readonly KubeObject[] => {
  if (cluster.network.plugin !== "flannel") return [];
  const selector = { app: "flannel" };
  const podLabels = { ...selector, tier: "node" };
  return [
    {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: namespace, labels: { ...labels, "pod-security.kubernetes.io/enforce": "privileged" } },
    },
    serviceAccountObject({ name: "flannel", namespace, labels }),
    clusterRole("flannel", rules, labels),
    clusterRoleBinding("flannel", "flannel", [serviceAccount(namespace, "flannel")], labels),
    configMap(
      { name: "kube-flannel-cfg", namespace, labels: { ...labels, ...podLabels } },
      { "cni-conf.json": json(cniConfiguration), "net-conf.json": json(networkConfiguration(cluster)) },
    ),
    daemonSet({
      metadata: { name: flannelDaemonSet.name, namespace, labels: { ...labels, ...podLabels } },
      selector,
      podLabels,
      podSpec: flannelPod(cluster, image),
    }),
  ];
};

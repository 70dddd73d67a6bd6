import type { KubeObject } from "../../changes/change.ts";
import type { Cluster } from "../../config/types.ts";
import { kubeletConfiguration } from "../kubelet/configuration.ts";
import { toYaml } from "../yaml.ts";
import { clusterConfiguration } from "./cluster-configuration.ts";
import { componentConfigMap } from "./component-config.ts";
import { bootstrapGroup, configMapReaders, group } from "./rbac.ts";

// Nodes read both when they upgrade, machines with a token when they join.
const readers = [group(bootstrapGroup), group("system:nodes")];

/** ConfigMap kubeadm-config and who may read it. */
export const kubeadmConfigObjects = (cluster: Cluster): readonly KubeObject[] => [
  {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "kubeadm-config", namespace: "kube-system" },
    data: { ClusterConfiguration: toYaml(clusterConfiguration(cluster)) },
  },
  ...configMapReaders({ namespace: "kube-system", name: "kubeadm:nodes-kubeadm-config" }, "kubeadm-config", readers),
];

/** ConfigMap kubelet-config, what every kubelet of the cluster has in common, and who may read it. */
export const kubeletConfigObjects = (cluster: Cluster): readonly KubeObject[] => [
  componentConfigMap({
    name: "kubelet-config",
    data: { kubelet: toYaml(kubeletConfiguration(cluster)) },
    generated: Object.keys(cluster.kubernetes.kubelet).length === 0,
  }),
  ...configMapReaders({ namespace: "kube-system", name: "kubeadm:kubelet-config" }, "kubelet-config", readers.toReversed()),
];

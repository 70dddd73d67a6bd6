import type { Cluster } from "../../config/types.ts";

/** The components that every control plane runs from manifests. */
export const staticPodNames = ({ etcd }: Pick<Cluster, "etcd">): readonly string[] => [
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  ...(etcd.mode === "stacked" ? ["etcd"] : []),
];

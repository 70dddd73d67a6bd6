import type { LiveObject } from "./types.ts";

/** How a node is drained, in kubectl's words. */
export interface DrainRules {
  /** Leave pods of DaemonSets, which would come again at once. */
  readonly ignoreDaemonSets: boolean;
  /** Also pods with an emptyDir, whose content is lost. */
  readonly deleteEmptyDirData: boolean;
  /** Also pods without a controller, which nobody makes anew. */
  readonly force: boolean;
}

export interface Pod extends LiveObject {
  readonly spec?: { readonly volumes?: readonly { readonly emptyDir?: unknown }[] };
  readonly status?: { readonly phase?: string };
}

/** What is to become of a pod: `refuse` says in the plural which pods are not taken away, and by which flag they would be. */
export type Verdict = { readonly remove: boolean } | { readonly refuse: string };

const mirror = "kubernetes.io/config.mirror";

export const podName = ({ metadata: { namespace, name } }: LiveObject): string => `${namespace}/${name}`;

/**
 * Whether a pod is taken away when its node is drained, by the rules of `kubectl drain` (k8s.io/kubectl/pkg/drain/filters.go).
 * @param hasDaemonSet whether there is a DaemonSet of this namespace and name: a pod that has outlived its own is removed by force alone.
 */
export const judgePod = (pod: Pod, rules: DrainRules, hasDaemonSet: (namespace: string, name: string) => boolean): Verdict => {
  const { annotations, ownerReferences = [], namespace = "" } = pod.metadata;
  if (annotations?.[mirror] !== undefined) return { remove: false };
  const phase = pod.status?.phase;
  if (phase === "Succeeded" || phase === "Failed") return { remove: true };
  const owner = ownerReferences.find(({ controller }) => controller === true);
  if (owner?.kind === "DaemonSet") {
    if (!hasDaemonSet(namespace, owner.name ?? ""))
      return rules.force ? { remove: true } : { refuse: "pods that have outlived their DaemonSet (--force removes them)" };
    return rules.ignoreDaemonSets ? { remove: false } : { refuse: "pods of DaemonSets (--ignore-daemonsets leaves them)" };
  }
  const hasEmptyDir = pod.spec?.volumes?.some(({ emptyDir }) => emptyDir !== undefined) ?? false;
  if (hasEmptyDir && !rules.deleteEmptyDirData)
    return { refuse: "pods with local storage, which would be lost (--delete-emptydir-data removes them)" };
  if (owner === undefined && !rules.force)
    return { refuse: "pods without a controller, which nobody would make anew (--force removes them)" };
  return { remove: true };
};

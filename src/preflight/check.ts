import type { Cluster, ClusterHost } from "../config/types.ts";
import type { HostFacts } from "../facts/index.ts";
import type { ExternalEtcdSeen } from "../kube/etcd/external.ts";

/** An error stops a run before its first change, unless it is ignored by name; a warning is shown. */
export type Severity = "error" | "warning";

/** What a check may look at: one host, among the others. */
export interface CheckContext {
  readonly cluster: Cluster;
  readonly host: ClusterHost;
  readonly facts: HostFacts;
  /** The other hosts that answered, by name. */
  readonly others: ReadonlyMap<string, HostFacts>;
  /** The id of this cluster, once it has one: a host that carries it is ours. */
  readonly clusterId?: string;
  /** Platforms for which the chosen bundle has content, as OCI names them (`linux/amd64`). Absent while no bundle is chosen. */
  readonly platforms?: readonly string[];
  /** On a control plane whose etcd others run. */
  readonly externalEtcd?: ExternalEtcdSeen;
  /** On a host that is to run etcd: whether something lies in the folder for its data. */
  readonly hasEtcdData?: boolean;
  /** By which the host knows the control-plane endpoint, where that is a name which others look after; absent where it could not be asked. */
  readonly endpointAddresses?: readonly string[];
}

export interface Finding {
  /** What is wrong, as a sentence without host name and full stop. */
  readonly problem: string;
  /** What was seen, where the problem does not say it all. */
  readonly evidence?: string;
  /** What to do about it. */
  readonly remedy: string;
  /** Where this finding weighs less, or more, than its check. */
  readonly severity?: Severity;
}

/** One question about a host, with its remedy. Pure: it only looks at facts, so any check can be asked of recorded hosts. */
export interface Check {
  /** Stable: it is what `--ignore-preflight-errors` names. */
  readonly id: string;
  /** Names under which kubeadm's users know it. */
  readonly aliases?: readonly string[];
  readonly question: string;
  readonly severity: Severity;
  /** Whether the question makes sense for this host. A fact that could not be learned never fires a check: `facts-known` tells. */
  readonly appliesTo: (context: CheckContext) => boolean;
  /** Undefined: all is well. */
  readonly ask: (context: CheckContext) => Finding | undefined;
}

export const everyHost = (): boolean => true;

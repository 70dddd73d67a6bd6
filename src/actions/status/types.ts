/** A cluster read back: what is there, what is ready, what is not and why. */
export interface ClusterStatus {
  readonly cluster: string;
  /** Of the API server, such as `v1.36.3`; absent while it does not answer. */
  readonly kubernetes?: string;
  readonly hosts: readonly HostStatus[];
  readonly nodes: readonly NodeStatus[];
  readonly components: readonly ComponentStatus[];
  /** Members of the etcd that runs on the control planes; empty while it does not answer. */
  readonly etcd: readonly EtcdStatus[];
  readonly certificates: readonly CertificateStatus[];
  /** A sentence for each thing that is not ready; empty when all is. */
  readonly waiting: readonly string[];
}

export interface HostStatus {
  readonly name: string;
  readonly address: string;
  readonly reachable: boolean;
  /** Why it is not reachable. */
  readonly problem?: string;
  /** The id of the cluster that kbs wrote there; absent on a host that belongs to none. */
  readonly clusterId?: string;
  /** systemd's words: `active`, `failed`, `inactive`, …; `not-found` for a unit that is not there. */
  readonly units: readonly { readonly name: string; readonly state: string }[];
}

export interface NodeStatus {
  readonly name: string;
  readonly ready: boolean;
  /** Why it is not ready. */
  readonly why?: string;
  /** Of its kubelet. */
  readonly version: string;
  readonly roles: readonly string[];
  readonly internalIp: string;
}

export interface ComponentStatus {
  /** The pod's name. */
  readonly name: string;
  readonly kind: "static-pod" | "system-pod";
  /** The node it runs on; absent while it is not scheduled. */
  readonly node?: string;
  readonly ready: boolean;
  readonly why?: string;
}

export interface EtcdStatus {
  /** The member's name: that of its node. Until it has started, its id. */
  readonly name: string;
  readonly peerUrl: string;
  /** Without a vote until it has caught up. */
  readonly isLearner: boolean;
  /** Answers, knows a leader, and complains of nothing. Absent where its host was not asked. */
  readonly healthy?: boolean;
}

export interface CertificateStatus {
  /** As in the certificate table: `apiserver`, `etcd-ca`, `admin.conf`, … */
  readonly name: string;
  readonly host: string;
  /** ISO 8601, UTC. */
  readonly expires: string;
  /** Whole days; negative when expired. */
  readonly daysLeft: number;
}

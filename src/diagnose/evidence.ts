import type { Cluster, ClusterHost } from "../config/types.ts";
import type { HostFacts } from "../facts/index.ts";
import type { ApiEvidence } from "./api.ts";
import type { EtcdEvidence } from "./etcd-health.ts";
import type { CertificatesEvidence } from "./questions/certificates.ts";
import type { CniEvidence } from "./questions/cni.ts";
import type { ContainerState } from "./questions/containers.ts";
import type { EndpointEvidence } from "./questions/endpoint.ts";
import type { KernelLine } from "./questions/journals.ts";
import type { KbsState } from "./questions/kbs-state.ts";
import type { LogLine } from "./questions/log.ts";
import type { MemoryEvidence } from "./questions/memory.ts";
import type { RuntimeEvidence } from "./questions/runtime.ts";
import type { UnitStates } from "./questions/units.ts";
import type { Reach } from "./reach.ts";

/** What one host says of itself. What it could not say is empty. */
export interface HostEvidence {
  readonly host: ClusterHost;
  readonly facts: HostFacts;
  readonly units: UnitStates;
  readonly kubeletLog: readonly LogLine[];
  readonly containerdLog: readonly LogLine[];
  /** Of etcd as a service. */
  readonly etcdLog: readonly LogLine[];
  readonly kernelLog: readonly KernelLine[];
  readonly containers: readonly ContainerState[];
  readonly certificates: CertificatesEvidence;
  readonly cni: CniEvidence;
  readonly runtime: RuntimeEvidence;
  readonly memory: MemoryEvidence;
  readonly endpoint: EndpointEvidence;
  readonly kbs: KbsState;
  /** Which ports of the cluster it reaches. */
  readonly reach: readonly Reach[];
  /** Of hosts that run etcd, when it answers on its port for metrics. */
  readonly etcd?: EtcdEvidence;
  /** Every answer as it came, by the id of its question: for the archive. Not yet cleaned of secrets. */
  readonly raw: ReadonlyMap<string, string>;
}

/** All that the rules may look at. */
export interface Evidence {
  readonly cluster: Cluster;
  readonly hosts: readonly HostEvidence[];
  /** Hosts that did not answer, and why. */
  readonly silent: ReadonlyMap<string, string>;
  /** Absent when the API server gave no word. */
  readonly api?: ApiEvidence;
  /** Why it gave none. */
  readonly apiSilence?: string;
}

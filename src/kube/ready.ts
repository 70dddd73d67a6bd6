import type { LiveObject } from "./types.ts";

interface Condition {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason?: string;
  readonly message?: string;
  /** Of a node's conditions only. */
  readonly lastHeartbeatTime?: string;
}

export interface NodeObject extends LiveObject {
  readonly status?: { readonly conditions?: readonly Condition[] };
}

interface ContainerState {
  readonly running?: { readonly startedAt?: string };
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly terminated?: { readonly reason?: string; readonly exitCode: number };
}

interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly state?: ContainerState;
}

export interface PodObject extends LiveObject {
  readonly status?: {
    readonly phase?: "Pending" | "Running" | "Succeeded" | "Failed" | "Unknown";
    readonly reason?: string;
    readonly conditions?: readonly Condition[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

export interface DeploymentObject extends LiveObject {
  readonly spec?: { readonly replicas?: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
  };
}

export interface DaemonSetObject extends LiveObject {
  readonly spec?: { readonly updateStrategy?: { readonly type?: string } };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly desiredNumberScheduled?: number;
    readonly updatedNumberScheduled?: number;
    readonly numberAvailable?: number;
  };
}

const brief = (text: string): string => (text.length > 160 ? `${text.slice(0, 157)}...` : text);

const condition = (of: { readonly conditions?: readonly Condition[] } | undefined, type: string): Condition | undefined =>
  of?.conditions?.find((candidate) => candidate.type === type);

/** When a node's kubelet has last reported; empty when never. Nobody but a kubelet changes it. */
export const lastReport = ({ status }: NodeObject): string => condition(status, "Ready")?.lastHeartbeatTime ?? "";

/** Why a node is not Ready; undefined when it is. */
export const nodeReady = ({ status }: NodeObject): string | undefined => {
  const ready = condition(status, "Ready");
  if (ready?.status === "True") return undefined;
  if (ready === undefined) return "its kubelet has not reported yet";
  if (ready.status === "Unknown") return "its kubelet has stopped reporting";
  // The kubelet's own reason is always KubeletNotReady; the runtime's is within the message: "… reason:NetworkPluginNotReady message:…".
  const within = /reason:(\w+)/.exec(ready.message ?? "")?.[1];
  return within ?? brief(`${ready.reason ?? "NotReady"}: ${ready.message ?? ""}`);
};

const containerProblem = ({ name, ready, state }: ContainerStatus): string | undefined => {
  if (ready) return undefined;
  const { waiting, terminated } = state ?? {};
  if (waiting) {
    const { reason = "Waiting", message } = waiting;
    return message === undefined ? reason : brief(`${reason}: ${message}`);
  }
  if (terminated) return `container ${name} ended with code ${terminated.exitCode}${terminated.reason ? ` (${terminated.reason})` : ""}`;
  return `container ${name} is not ready yet`;
};

const firstProblem = (statuses: readonly ContainerStatus[] | undefined): string | undefined =>
  statuses?.map(containerProblem).find((problem) => problem !== undefined);

const hasController = ({ metadata }: LiveObject): boolean => metadata.ownerReferences?.some((owner) => owner.controller) ?? false;

/**
 * Why a pod is not ready; undefined when it runs and is Ready, has succeeded, is on its way out, or has failed and has a controller,
 * which replaces it.
 */
export const podReady = (pod: PodObject): string | undefined => {
  const { status, metadata } = pod;
  if (metadata.deletionTimestamp !== undefined || status?.phase === "Succeeded") return undefined;
  if (status?.phase === "Failed") return hasController(pod) ? undefined : `Failed${status.reason ? `: ${status.reason}` : ""}`;
  if (status?.phase === "Running" && condition(status, "Ready")?.status === "True") return undefined;
  const scheduled = condition(status, "PodScheduled");
  if (scheduled?.status === "False") return brief(`${scheduled.reason ?? "Unscheduled"}: ${scheduled.message ?? "no node yet"}`);
  // While an init container runs, the others wait with reason PodInitializing, which says less.
  const initialised = condition(status, "Initialized")?.status === "True";
  const problem = initialised ? undefined : firstProblem(status?.initContainerStatuses);
  const phase = status?.phase === "Running" ? "it runs, but is not ready" : status?.phase;
  return problem ?? firstProblem(status?.containerStatuses) ?? phase ?? "Pending";
};

const isObserved = (metadata: LiveObject["metadata"], observed: number | undefined): boolean =>
  (observed ?? 0) >= (metadata.generation ?? 1);

const unobserved = "its controller has not seen it yet";

/**
 * Why a Deployment is not rolled out; undefined when all its replicas are of the newest kind and available.
 * @param away how many nodes are known to be away, each perhaps with a replica; one must be available all the same
 */
export const deploymentReady = ({ metadata, spec, status = {} }: DeploymentObject, away = 0): string | undefined => {
  const wanted = spec?.replicas ?? 1;
  const { observedGeneration, replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status;
  if (!isObserved(metadata, observedGeneration)) return unobserved;
  if (updatedReplicas < wanted) return `${updatedReplicas} of ${wanted} replicas updated`;
  if (availableReplicas < Math.max(wanted - away, Math.min(wanted, 1))) return `${availableReplicas} of ${wanted} replicas available`;
  return replicas > updatedReplicas ? `${replicas - updatedReplicas} old replicas to end` : undefined;
};

/**
 * Why a DaemonSet is not rolled out; undefined when its newest pod is available on all its nodes.
 * @param away how many nodes are known to be away
 */
export const daemonSetReady = ({ metadata, spec, status }: DaemonSetObject, away = 0): string | undefined => {
  const { observedGeneration, desiredNumberScheduled = 0, updatedNumberScheduled = 0, numberAvailable = 0 } = status ?? {};
  const wanted = Math.max(0, desiredNumberScheduled - away);
  if (!isObserved(metadata, observedGeneration)) return unobserved;
  // Pods of one that is updated by hand stay old for as long as their owner likes.
  const byHand = spec?.updateStrategy?.type === "OnDelete";
  if (!byHand && updatedNumberScheduled < wanted) return `updated on ${updatedNumberScheduled} of ${wanted} nodes`;
  return numberAvailable < wanted ? `available on ${numberAvailable} of ${wanted} nodes` : undefined;
};

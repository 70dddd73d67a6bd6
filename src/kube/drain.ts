import { UserError } from "../shared/errors.ts";
import { type DrainRules, judgePod, type Pod, podName } from "./drainable.ts";
import { KubeError } from "./error.ts";
import type { NodeObject } from "./ready.ts";
import type { Kube } from "./types.ts";
import { until } from "./until.ts";

export interface DrainOptions extends DrainRules {
  /** Delete pods instead of evicting them: disruption budgets are not asked. */
  readonly disableEviction: boolean;
  /** Seconds that each pod has to end; its own when absent. */
  readonly gracePeriod?: number;
  /** Milliseconds until the last pod must be gone. */
  readonly timeout: number;
}

interface Tools {
  readonly signal: AbortSignal;
  readonly waiting: (reason: string) => void;
  readonly warn: (text: string) => void;
}

/** Milliseconds between two looks, and before an eviction that a budget has forbidden is tried again: kubectl's. */
const pace = { look: 1000, retry: 5000 };

const nodeRef = (name: string) => ({ apiVersion: "v1", kind: "Node", name });

/** No pod can end where the kubelet is silent: the node's controller sets Unknown when it has not heard of it for 50 s. */
export const isSilent = ({ status }: NodeObject): boolean =>
  status?.conditions?.some((condition) => condition.type === "Ready" && condition.status === "Unknown") ?? false;

interface Judged {
  readonly going: readonly Pod[];
  /** Which pods stand in the way, a line for each reason. */
  readonly refused: readonly string[];
}

/** The pods of a node that a drain takes away, and those that it must not. Changes nothing. */
export const judgePods = async (kube: Kube, node: string, rules: DrainRules, signal: AbortSignal): Promise<Judged> => {
  const [pods, daemonSets] = await Promise.all([
    kube.list<Pod>({ apiVersion: "v1", kind: "Pod", fieldSelector: `spec.nodeName=${node}` }, { signal }),
    kube.list({ apiVersion: "apps/v1", kind: "DaemonSet" }, { signal }),
  ]);
  const known = new Set(daemonSets.items.map(podName));
  const verdicts = pods.items.map((pod) => ({
    pod,
    verdict: judgePod(pod, rules, (namespace, name) => known.has(`${namespace}/${name}`)),
  }));
  const refused = verdicts.flatMap(({ pod, verdict }) => ("refuse" in verdict ? [[verdict.refuse, podName(pod)] as const] : []));
  return {
    going: verdicts.flatMap(({ pod, verdict }) => ("remove" in verdict && verdict.remove ? [pod] : [])),
    refused: [...Map.groupBy(refused, ([why]) => why)].map(([why, all]) => `${why}: ${all.map(([, name]) => name).join(", ")}`),
  };
};

/** Lets the scheduler put no more pods on a node. @returns whether that was to be done */
export const cordon = async (kube: Kube, name: string, signal: AbortSignal): Promise<boolean> => {
  const node = await kube.get<NodeObject & { readonly spec?: { readonly unschedulable?: boolean } }>(nodeRef(name), { signal });
  if (node === undefined || node.spec?.unschedulable === true) return false;
  await kube.patch(nodeRef(name), { spec: { unschedulable: true } }, "merge", { signal });
  return true;
};

/**
 * Asks for the end of a pod. @returns why not yet, or undefined when it was granted
 * @throws KubeError for a refusal that waiting does not cure
 */
const dismiss = async (
  kube: Kube,
  pod: Pod,
  { disableEviction, gracePeriod }: DrainOptions,
  signal: AbortSignal,
): Promise<string | undefined> => {
  const { name, namespace = "" } = pod.metadata;
  const grace = gracePeriod === undefined ? {} : { gracePeriodSeconds: gracePeriod };
  try {
    if (disableEviction) {
      await kube.remove({ apiVersion: "v1", kind: "Pod", namespace, name }, { signal, ...(gracePeriod !== undefined && { gracePeriod }) });
      return undefined;
    }
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}/eviction`;
    const eviction = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name, namespace }, deleteOptions: grace };
    await kube.raw("POST", path, eviction, { signal, patience: 0 });
    return undefined;
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    return refusal(error, pod);
  }
};

const refusal = (error: KubeError, pod: Pod): string | undefined => {
  if (error.code === 404) return undefined;
  const said = error.causes.flatMap(({ message }) => message ?? []).join("; ");
  if (error.code === 429) return said === "" ? error.message : said.replace(/^./, (letter) => letter.toLowerCase());
  if (error.code === 403 && error.causes.some(({ reason }) => reason === "NamespaceTerminating")) return "its namespace is being deleted";
  if (error.message.includes("more than one PodDisruptionBudget")) {
    throw new UserError(`${podName(pod)} is under more than one PodDisruptionBudget, so the API server evicts it never`, {
      exit: "phase",
      hint: "leave it one budget, or add --disable-eviction, which asks none",
    });
  }
  if (!error.transient) throw error;
  return error.message;
};

/** Asks pods to end, each until it was granted. */
const dismissals = (kube: Kube, options: DrainOptions) => {
  const granted = new Map<string, string>();
  const refused = new Map<string, { readonly why: string; readonly retryAt: number }>();
  const ask = async (pod: Pod, signal: AbortSignal): Promise<void> => {
    const { uid = "", deletionTimestamp } = pod.metadata;
    if (deletionTimestamp !== undefined || granted.has(uid) || performance.now() < (refused.get(uid)?.retryAt ?? 0)) return;
    const why = await dismiss(kube, pod, options, signal);
    if (why !== undefined) return void refused.set(uid, { why, retryAt: performance.now() + pace.retry });
    refused.delete(uid);
    granted.set(uid, podName(pod));
  };
  return {
    granted,
    /** @returns what is waited for, in a sentence */
    askAll: async (pods: readonly Pod[], signal: AbortSignal): Promise<string> => {
      await Promise.all(pods.map((pod) => ask(pod, signal)));
      const asked = pods.map((pod) => ({
        pod,
        why: pod.metadata.deletionTimestamp ? undefined : refused.get(pod.metadata.uid ?? "")?.why,
      }));
      const blocked = asked.flatMap(({ pod, why }) => (why === undefined ? [] : [`cannot evict ${podName(pod)} yet: ${why}`]));
      const ending = asked.flatMap(({ pod, why }) => (why === undefined ? [podName(pod)] : []));
      return [...blocked, ...(ending.length === 0 ? [] : [`waiting for the end of ${ending.join(", ")}`])].join("; ");
    },
  };
};

/**
 * Moves the pods of a node away: each is evicted as soon as the disruption budgets allow it, until all are gone. Repeated, it goes on.
 * @returns the pods that were asked to end
 * @throws UserError exit "preflight" for pods that the rules protect, "phase" when the time is over, with what was waited for
 */
export const drain = async (
  kube: Kube,
  node: string,
  options: DrainOptions,
  { signal, waiting, warn }: Tools,
): Promise<readonly string[]> => {
  const { granted, askAll } = dismissals(kube, options);
  const look = async (ended: AbortSignal): Promise<string | undefined> => {
    const live = await kube.get<NodeObject>(nodeRef(node), { signal: ended });
    if (live === undefined) return undefined;
    const { going, refused } = await judgePods(kube, node, options, ended);
    if (refused.length > 0) throw undrainable(new Map([[node, refused]]));
    if (going.length === 0) return undefined;
    if (!isSilent(live)) return await askAll(going, ended);
    warn(`the kubelet of ${node} is silent, so its pods cannot end; they go with the node: ${going.map(podName).join(", ")}`);
    return undefined;
  };
  await until(`draining ${node}`, look, { timeout: options.timeout, every: pace.look, signal, onWait: waiting });
  return [...granted.values()];
};

/** The error for nodes that must not be drained as they are. */
export const undrainable = (refused: ReadonlyMap<string, readonly string[]>): UserError =>
  new UserError(`${[...refused.keys()].join(", ")} cannot be drained`, {
    exit: "preflight",
    output: [...refused].flatMap(([node, reasons]) => reasons.map((reason) => `${node}: ${reason}`)).join("\n"),
    hint: "take these pods away yourself, or add the flag that is named",
  });

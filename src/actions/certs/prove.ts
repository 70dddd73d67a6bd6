import type { Host } from "../../changes/host.ts";
import type { ActTools } from "../../changes/phase.ts";
import { KubeError } from "../../kube/error.ts";
import { pause } from "../../kube/patience.ts";
import { type PodObject, podReady } from "../../kube/ready.ts";
import type { Kube } from "../../kube/types.ts";
import { until } from "../../kube/until.ts";
import type { Files } from "./ends.ts";
import type { Listener } from "./listeners.ts";
import { servedBy } from "./served.ts";

/**
 * Milliseconds for a component to run again and be well: kubeadm's five minutes (upgradeManifests), and two for what comes behind them, as a kubelet keeps a container back
 * for so long that was ended again and again within ten minutes (CrashLoopBackOff). Some repeated renewals are enough for that.
 */
const within = 420_000;

type Tools = Pick<ActTools, "signal" | "waiting">;

/** What the proofs on one host take. */
export interface Witness {
  readonly door: Host;
  readonly kube: Kube;
  /** The node's name. */
  readonly node: string;
  readonly listening: readonly Listener[];
  /** Certificates as they are to be, keys among them. */
  readonly files: Files;
  /** Where certificates are; absent: in kubeadm's folder. */
  readonly folder?: string | undefined;
  /** When each static pod's container was started, before anything was changed. Absent where the API did not tell. */
  readonly before: Map<string, string>;
}

const once = { patience: 0, timeout: 5000 } as const;

const podOf = async (kube: Kube, component: string, node: string, signal: AbortSignal): Promise<PodObject | undefined> =>
  await kube.get<PodObject>({ apiVersion: "v1", kind: "Pod", namespace: "kube-system", name: `${component}-${node}` }, { ...once, signal });

const startOf = (pod: PodObject | undefined): string | undefined => pod?.status?.containerStatuses?.[0]?.state?.running?.startedAt;

/** Milliseconds for a kubelet to show its static pods: it looks at each at least once a minute. */
const shownWithin = 120_000;

/**
 * Notes when each static pod was started. Waits for those that the API does not show yet: a kubelet that has to show one while etcd is away is
 * kept busy by that for a minute, and starts nothing meanwhile. An API that does not answer, as with certificates that have ended, is no hindrance.
 */
export const seeComponents = async ({ kube, node, listening, before }: Witness, { signal, waiting }: Tools): Promise<void> => {
  const components = new Set(listening.map(({ component }) => component.replace(/ .*/, "")).filter((component) => component !== "kubelet"));
  const look = async (ended: AbortSignal): Promise<string | undefined> => {
    for (const component of components) {
      const start = startOf(await podOf(kube, component, node, ended));
      if (start === undefined) return `pod ${component}-${node} is not shown yet`;
      before.set(component, start);
    }
    return undefined;
  };
  const limit = AbortSignal.any([signal, AbortSignal.timeout(shownWithin)]);
  try {
    for (let reason = await look(limit); reason !== undefined; reason = await look(limit)) {
      waiting(reason);
      await pause(1000, limit);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (!limit.aborted && !(error instanceof KubeError)) throw error;
  }
};

/** The API server's own client certificates: that of etcd's client shows in its readiness, that of the kubelet's when it asks one. */
const clientsProblem = async (kube: Kube, node: string, signal: AbortSignal): Promise<string | undefined> => {
  await kube.raw("GET", "/readyz", undefined, { ...once, signal });
  const answer = await kube.raw("GET", `/api/v1/nodes/${node}/proxy/healthz`, undefined, { ...once, signal });
  return answer === "ok" ? undefined : `the kubelet of ${node} says it is not healthy`;
};

const problemOf = async (witness: Witness, component: string, signal: AbortSignal): Promise<string | undefined> => {
  const { door, kube, node, listening, files, folder, before } = witness;
  const own = listening.filter((listener) => listener.component === component || listener.component.startsWith(`${component} `));
  const wrong = (await servedBy(door, own, { files, folder }, signal)).find(({ problem }) => problem !== undefined);
  if (wrong) return wrong.problem;
  const pod = await podOf(kube, component, node, signal);
  const start = startOf(pod);
  if (pod === undefined || start === undefined) return `pod ${component}-${node} does not run`;
  if (start === before.get(component)) return `${component} has not been started anew yet`;
  const reason = podReady(pod);
  if (reason !== undefined) return `pod ${component}-${node}: ${reason}`;
  return component === "kube-apiserver" ? await clientsProblem(kube, node, signal) : undefined;
};

/** Waits until a look finds nothing more to wait for. Who restarts does not answer, or is not ready to. */
const awaitWell = async (
  what: string,
  look: (ended: AbortSignal) => Promise<string | undefined>,
  { signal, waiting }: Tools,
): Promise<void> => {
  const patiently = (ended: AbortSignal): Promise<string | undefined> =>
    look(ended).catch((error: unknown) => {
      if (error instanceof KubeError) return error.message;
      throw error;
    });
  await until(what, patiently, { timeout: within, every: 1000, signal, onWait: waiting });
};

/**
 * Waits until a component was started anew, presents on the wire what its files hold, and is ready.
 * @throws UserError exit "phase" when that does not come about
 */
export const prove = (witness: Witness, component: string, tools: Tools): Promise<void> =>
  awaitWell(`waiting for ${component} to run with its renewed certificates`, (ended) => problemOf(witness, component, ended), tools);

/** Waits until every component that was seen is ready. @throws UserError exit "phase" when that does not come about */
export const settle = ({ kube, node, before }: Witness, tools: Tools): Promise<void> => {
  const look = async (ended: AbortSignal): Promise<string | undefined> => {
    for (const component of before.keys()) {
      const pod = await podOf(kube, component, node, ended);
      const reason = pod ? podReady(pod) : "it is not shown";
      if (reason !== undefined) return `pod ${component}-${node}: ${reason}`;
    }
    return undefined;
  };
  return awaitWell("waiting for the control plane to be well", look, tools);
};

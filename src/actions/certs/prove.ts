import type { Host } from "../../changes/host.ts";
import type { ActTools } from "../../changes/phase.ts";
import { KubeError } from "../../kube/error.ts";
import { pause } from "../../kube/patience.ts";
import { type PodObject, podReady } from "../../kube/ready.ts";
import type { Kube } from "../../kube/types.ts";
import { until } from "../../kube/until.ts";
import { quote } from "../../shared/quote.ts";
import type { Files } from "./ends.ts";
import type { Listener } from "./listeners.ts";
import { servedBy } from "./served.ts";

/** Milliseconds for a component to run again and be well: kubeadm's upgradeManifests. */
const within = 300_000;

type Tools = Pick<ActTools, "signal" | "waiting">;
/** Why there is still something to wait for. */
type Look = (ended: AbortSignal) => Promise<string | undefined>;

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

/** Milliseconds after which a component that was ended should run again. */
const startsWithin = 10_000;

/**
 * A container that was ended again and again within ten minutes is kept back by its kubelet, longer each time, up to five minutes (CrashLoopBackOff): a few
 * repeated renewals are enough. A new kubelet knows nothing of that, and containers that run do not notice it. A process's name has 15 letters at most.
 */
const startNow = (component: string): string =>
  `grep -qsx ${quote(component.slice(0, 15))} /proc/[0-9]*/comm || systemctl restart kubelet.service`;

/** Looks in vain for a while, then once has the kubelet start what does not run. */
const withStart = ({ door }: Witness, component: string, look: Look): Look => {
  const began = Date.now();
  let isDone = false;
  return async (ended) => {
    const reason = await look(ended);
    if (reason === undefined || isDone || Date.now() - began < startsWithin) return reason;
    isDone = true;
    await door.send({ kind: "run", script: startNow(component) }, { signal: ended, timeout: 90_000 });
    return reason;
  };
};

/** One that does not answer is looked at again. */
const patient =
  (look: Look): Look =>
  (ended) =>
    look(ended).catch((error: unknown) => {
      if (error instanceof KubeError) return error.message;
      throw error;
    });

/** Waits until a look finds nothing more to wait for. Who restarts does not answer, or is not ready to. */
const awaitWell = async (what: string, look: Look, { signal, waiting }: Tools): Promise<void> => {
  await until(what, look, { timeout: within, every: 1000, signal, onWait: waiting });
};

/**
 * Waits until a component was started anew, presents on the wire what its files hold, and is ready.
 * @throws UserError exit "phase" when that does not come about
 */
export const prove = (witness: Witness, component: string, tools: Tools): Promise<void> =>
  awaitWell(
    `waiting for ${component} to run with its renewed certificates`,
    withStart(
      witness,
      component,
      patient((ended) => problemOf(witness, component, ended)),
    ),
    tools,
  );

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
  return awaitWell("waiting for the control plane to be well", patient(look), tools);
};

import { isControlPlane, isNode } from "../config/roles.ts";
import { explaining } from "../diagnose/explain.ts";
import { type NodeObject, nodeReady } from "../kube/ready.ts";
import type { Kube } from "../kube/types.ts";
import { until } from "../kube/until.ts";
import { type Awaited, lookReady, waitReady as untilReady } from "../kube/wait-ready.ts";
import { staticPodNames } from "../templates/static-pods/index.ts";
import { answersWithin, apiReason, failingChecks } from "./common/api-ready.ts";
import { etcdProblems, runsMembers } from "./common/etcd.ts";
import { probeDnsSoon, probeMarks, removeProbeMarks } from "./common/probe-dns.ts";
import { type ClusterPhase, type Context, firstControlPlane, nothing } from "./context.ts";

/** Milliseconds until every node and system pod must be ready. */
const within = 600_000;

/** Hosts which were lost on the way are not waited for; nor is anything without a pod network, which makes nodes ready. */
const awaitedOf = ({ cluster, hosts, lost }: Context): Awaited | undefined => {
  if (cluster.network.plugin === "none") return undefined;
  const there = hosts.filter(({ name }) => !lost.has(name));
  const nodes = there.filter(isNode).map(({ name }) => name);
  const pods = there.filter(isControlPlane).flatMap(({ name }) => staticPodNames(cluster).map((pod) => `kube-system/${pod}-${name}`));
  return { nodes, pods, namespaces: ["kube-system", ...(cluster.network.plugin === "flannel" ? ["kube-flannel"] : [])] };
};

/** Nodes of other hosts that are not ready: out of reach, or none of this run's business. */
const awayFrom = async (kube: Kube, { nodes }: Awaited, signal: AbortSignal): Promise<readonly string[]> => {
  const { items } = await kube.list<NodeObject>({ apiVersion: "v1", kind: "Node" }, { signal });
  return items.filter((node) => !nodes.includes(node.metadata.name) && nodeReady(node) !== undefined).map(({ metadata }) => metadata.name);
};

/** Milliseconds until every one of them must have its vote; they have got them before. */
const etcdWithin = 60_000;

const waitEtcd = async (context: Context, signal: AbortSignal, waiting: (reason: string) => void): Promise<void> => {
  if (!runsMembers(context)) return;
  const look = async (): Promise<string | undefined> => (await etcdProblems(context, signal))[0];
  await until("waiting for etcd to be whole", look, { timeout: etcdWithin, signal, onWait: waiting });
};

type Warn = (text: string) => void;

const nameStrangers = async ({ cluster }: Context, kube: Kube, signal: AbortSignal, warn: Warn): Promise<void> => {
  const known = new Set(cluster.hosts.map(({ name }) => name));
  const { items } = await kube.list({ apiVersion: "v1", kind: "Node" }, { signal });
  const strangers = items.map(({ metadata }) => metadata.name).filter((name) => !known.has(name));
  if (strangers.length > 0) warn(`in the cluster, but not in the file, and left as they are: ${strangers.join(", ")}`);
};

/** Needs: everything applied and joined. Gives: nodes and system pods that are ready; hosts which were lost on the way are not waited for. */
export const waitReady: ClusterPhase = {
  id: "wait-ready",
  title: "Wait until nodes and system pods are ready",
  hosts: firstControlPlane,
  needs: [
    { phase: "apply-dns", on: "first" },
    { phase: "label-nodes", on: "everywhere" },
  ],
  act: async (context, _host, { signal, waiting, warn }) => {
    const kube = context.learned.get("kube");
    const awaited = awaitedOf(context);
    if (!awaited) {
      const look = async (): Promise<string | undefined> => apiReason(await failingChecks(kube));
      await until("waiting for the API server to be ready", look, {
        timeout: answersWithin(context.cluster) * 1000,
        every: 50,
        signal,
        onWait: waiting,
      });
      warn("without a pod network nodes do not become ready: install one");
      return nothing;
    }
    await removeProbeMarks(kube, signal);
    const done = new AbortController();
    const probing = probeDnsSoon(kube, AbortSignal.any([signal, done.signal]));
    try {
      const witnesses = { ...context, hosts: context.hosts.filter(({ name }) => awaited.nodes.includes(name)), kube };
      const away = await awayFrom(kube, awaited, signal);
      await explaining(witnesses, signal, () => untilReady(kube, { ...awaited, away }, { timeout: within, signal, onWait: waiting }));
      await waitEtcd(context, signal, waiting);
    } finally {
      done.abort();
      await probing;
    }
    await nameStrangers(context, kube, signal, warn);
    return nothing;
  },
  foresee: async (context, _host, { signal, warn }) => {
    if (!context.learned.has("kube")) return nothing;
    const kube = context.learned.get("kube");
    const awaited = awaitedOf(context);
    await nameStrangers(context, kube, signal, warn);
    if (!awaited) return nothing;
    const away = await awayFrom(kube, awaited, signal);
    const [waits, marked] = await Promise.all([lookReady(kube, { ...awaited, away }, signal), probeMarks(kube, signal)]);
    return { changes: [], waits: [...waits, ...marked.map((name) => `pod ${name}: an interrupted run has left its mark on it`)] };
  },
};

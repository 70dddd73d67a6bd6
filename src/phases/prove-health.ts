import type { KubeObject } from "../changes/change.ts";
import { isControlPlane, isNode, memberHosts } from "../config/roles.ts";
import { whileHopeful } from "../diagnose/explain.ts";
import { KubeError } from "../kube/error.ts";
import { membershipProblems } from "../kube/etcd/membership.ts";
import { healthyMembers } from "../kube/etcd/quorum.ts";
import { type NodeObject, nodeReady, type PodObject, podReady } from "../kube/ready.ts";
import type { Kube } from "../kube/types.ts";
import { until } from "../kube/until.ts";
import { controlPlanePods } from "./common/control-plane-pods.ts";
import { etcdEndpoint, memberOf, runsMembers } from "./common/etcd.ts";
import { proxyPods } from "./common/proxy.ts";
import { type ClusterPhase, type Context, everyHost, hostNamed, nothing } from "./context.ts";

/** Milliseconds until a host that was changed must be healthy: kubeadm's upgradeManifests. */
const within = 300_000;

/** Milliseconds before the first question why it is not healthy: far more than a restart takes. */
const firstDoubt = 15_000;

/** A kubelet that crashes at its start answers now and then; so many good answers in a row, a second apart, are none of a crash loop. */
const wantedInRow = 3;

interface StaticPod extends PodObject {
  readonly spec?: { readonly containers?: readonly { readonly command?: readonly string[]; readonly image?: string }[] };
}

/** The kubelet's own word, asked by the API server: the node's condition stays good for 40 s after the kubelet has died. */
const kubeletProblem = async (kube: Kube, node: string, signal: AbortSignal): Promise<string | undefined> => {
  const answer = await kube.raw("GET", `/api/v1/nodes/${node}/proxy/healthz`, undefined, { patience: 0, timeout: 5000, signal });
  return answer === "ok" ? undefined : `the kubelet of ${node} says it is not healthy`;
};

const nodeProblem = async (kube: Kube, name: string, signal: AbortSignal): Promise<string | undefined> => {
  const node = await kube.get<NodeObject>({ apiVersion: "v1", kind: "Node", name }, { signal, patience: 0 });
  const reason = node ? nodeReady(node) : "it is not in the cluster";
  return reason === undefined ? undefined : `node ${name}: ${reason}`;
};

/** The kubelet shows a static pod as it runs it; until it has seen a new manifest that is the old one, and looks well. */
const podProblem = async (kube: Kube, wished: KubeObject, node: string, signal: AbortSignal): Promise<string | undefined> => {
  const name = `${wished.metadata.name}-${node}`;
  const pod = await kube.get<StaticPod>({ apiVersion: "v1", kind: "Pod", namespace: "kube-system", name }, { signal, patience: 0 });
  if (!pod) return `pod ${name} is not there`;
  const text = JSON.stringify(wished);
  const isNew = pod.spec?.containers?.every(
    ({ command, image }) => text.includes(`"command":${JSON.stringify(command)}`) && text.includes(`"image":${JSON.stringify(image)}`),
  );
  const reason = isNew ? podReady(pod) : "it still runs from its former manifest";
  return reason === undefined ? undefined : `pod ${name}: ${reason}`;
};

/** Asked by the host's own member, of a list that a majority has to agree upon: with it, and with a leader that it knows, the next one may restart. */
const etcdProblem = async (context: Context, host: string, signal: AbortSignal): Promise<string | undefined> => {
  const node = hostNamed(context, host);
  if (!runsMembers(context) || !memberHosts(context.cluster).some(({ name }) => name === host)) return undefined;
  const etcd = context.learned.get("etcd");
  const endpoint = etcdEndpoint(context, node);
  const own = etcd.by(endpoint);
  try {
    const problem = membershipProblems(await own.members({ signal }), [memberOf(node)])[0];
    if (problem !== undefined || isNode(node)) return problem;
    // No kubelet says how a service is.
    return (await healthyMembers(etcd, [endpoint], signal)).size === 1 ? undefined : `etcd member ${host} is not healthy`;
  } finally {
    own.close();
  }
};

interface Look {
  /** Nodes that were not known to be ready before: why is another matter, such as a pod network that the last run mends. */
  readonly unready: ReadonlySet<string>;
  readonly signal: AbortSignal;
}

/** What a node has, from its kubelet to its pods. */
const ofNode = async (context: Context, host: string, { unready, signal }: Look): Promise<string | undefined> => {
  const kube = context.learned.get("kube");
  const problem = (unready.has(host) ? undefined : await nodeProblem(kube, host, signal)) ?? (await kubeletProblem(kube, host, signal));
  if (problem !== undefined) return problem;
  const wished = isControlPlane(hostNamed(context, host)) ? controlPlanePods(context, host) : proxyPods(context, host);
  const pods = await Promise.all(wished.map((pod) => podProblem(kube, pod, host, signal)));
  return pods.find((reason) => reason !== undefined);
};

const problemOf = async (context: Context, host: string, look: Look): Promise<string | undefined> => {
  try {
    const problem = isNode(hostNamed(context, host)) ? await ofNode(context, host, look) : undefined;
    return problem ?? (await etcdProblem(context, host, look.signal));
  } catch (error) {
    if (error instanceof KubeError) return error.message;
    throw error;
  }
};

/**
 * Needs: a member that was changed. Gives: proof that it is well again, before the next one is touched: its kubelet answers, its node is ready,
 * and its static pods run from the manifests that they have now.
 */
export const proveHealthOf = (unready: ReadonlySet<string>): ClusterPhase => ({
  id: "prove-health",
  title: "Prove that the changed hosts are healthy",
  hosts: everyHost,
  needs: [
    { phase: "wait-api-server", on: "first" },
    { phase: "start-controllers", on: "here" },
    { phase: "join-workers", on: "here" },
    { phase: "label-nodes", on: "here" },
    { phase: "await-etcd", on: "first" },
  ],
  act: async (context, host, { signal, waiting }) => {
    let inRow = 0;
    const look = async (ended: AbortSignal): Promise<string | undefined> => {
      const problem = await problemOf(context, host, { unready, signal: ended });
      inRow = problem === undefined ? inRow + 1 : 0;
      return problem ?? (inRow < wantedInRow ? "it is healthy; looking again" : undefined);
    };
    const what = `waiting for ${host} to be healthy again`;
    const witnesses = { ...context, hosts: [hostNamed(context, host)], kube: context.learned.get("kube") };
    const wait = (hope: AbortSignal): Promise<void> => until(what, look, { timeout: within, every: 1000, signal: hope, onWait: waiting });
    await whileHopeful(what, witnesses, signal, wait, firstDoubt);
    return nothing;
  },
});

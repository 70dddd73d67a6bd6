import { KubeError } from "../../kube/error.ts";
import { pause } from "../../kube/patience.ts";
import { type PodObject, podReady } from "../../kube/ready.ts";
import type { Kube } from "../../kube/types.ts";

/** An annotation that comes and goes: whatever changes a pod makes its kubelet look at it again. */
const annotation = "kbs.dev/look-again";

/** Milliseconds between two looks. */
const every = 400;

const pods = { apiVersion: "v1", kind: "Pod", namespace: "kube-system", labelSelector: "k8s-app=kube-dns" };

const mark = async (kube: Kube, name: string, value: string | null): Promise<void> => {
  await kube.patch({ ...pods, name }, { metadata: { annotations: { [annotation]: value } } }, "merge");
};

/** Names of the pods that carry an annotation which a killed run has left. */
export const probeMarks = async (kube: Kube, signal: AbortSignal): Promise<readonly string[]> => {
  const { items } = await kube.list<PodObject>(pods, { signal });
  return items.filter(({ metadata }) => metadata.annotations?.[annotation] !== undefined).map(({ metadata }) => metadata.name);
};

export const removeProbeMarks = async (kube: Kube, signal: AbortSignal): Promise<void> => {
  const marked = await probeMarks(kube, signal);
  await Promise.all(marked.map((name) => mark(kube, name, null)));
};

const runs = (pod: PodObject): boolean => pod.status?.containerStatuses?.some(({ state }) => state?.running !== undefined) ?? false;

/**
 * Has the kubelets ask DNS servers that run whether they are ready, until the signal. The first readiness probe comes with the container's
 * start, when they cannot be ready, and the next one ten seconds later; but a kubelet that synchronises a pod probes at once what runs
 * and is not ready (pkg/kubelet/prober, UpdatePodStatus). Leaves no annotation behind.
 */
export const probeDnsSoon = async (kube: Kube, signal: AbortSignal): Promise<void> => {
  const marked = new Set<string>();
  const look = async (turn: number): Promise<void> => {
    const { items } = await kube.list<PodObject>(pods, { signal });
    for (const pod of items.filter((candidate) => runs(candidate) && podReady(candidate) !== undefined)) {
      marked.add(pod.metadata.name);
      await mark(kube, pod.metadata.name, String(turn));
    }
  };
  try {
    for (let turn = 1; ; turn++) {
      await look(turn);
      await pause(every, signal);
    }
  } catch (error) {
    // A wait that is over is the end; anything else is for the wait itself to meet.
    if (!signal.aborted && !(error instanceof KubeError)) throw error;
  } finally {
    await Promise.allSettled([...marked].map((name) => mark(kube, name, null)));
  }
};

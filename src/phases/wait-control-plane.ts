import { explaining } from "../diagnose/explain.ts";
import { type PodObject, podReady } from "../kube/ready.ts";
import type { Kube } from "../kube/types.ts";
import { until } from "../kube/until.ts";
import { nodeBootstrapObjects } from "../templates/objects/bootstrap.ts";
import { staticPodNames } from "../templates/static-pods/index.ts";
import { type ClusterPhase, controlPlanes, hostNamed, nothing } from "./context.ts";

/** Milliseconds until every component must be ready: kubeadm's controlPlaneComponentHealthCheck, and what a kubelet takes to show it. */
const within = 360_000;

/** The right by which an API server asks kubelets: clusters that older tools made have none, and would turn this one's certificate away. */
const kubeletClientBinding = nodeBootstrapObjects.filter(
  ({ kind, metadata: { name } }) => kind === "ClusterRoleBinding" && name === "kubeadm:apiserver-kubelet-client",
);

/** Needs: the API. Gives: the right of the new API server to ask kubelets, where the cluster has it not. */
export const allowKubeletClient: ClusterPhase = {
  id: "allow-kubelet-client",
  title: "Let the API server ask kubelets",
  hosts: controlPlanes,
  wish: () => kubeletClientBinding.map((object) => ({ kind: "object", object, manner: "create" })),
};

const notReady = async (kube: Kube, names: readonly string[], signal: AbortSignal): Promise<string | undefined> => {
  for (const name of names) {
    const pod = await kube.get<PodObject>({ apiVersion: "v1", kind: "Pod", namespace: "kube-system", name }, { signal });
    const reason = pod ? podReady(pod) : "its kubelet has not shown it yet";
    if (reason !== undefined) return `pod ${name}: ${reason}`;
  }
  return undefined;
};

/** Needs: all of a control plane that has joined. Gives: its components, ready as the cluster sees them. */
export const waitControlPlane: ClusterPhase = {
  id: "wait-control-plane",
  title: "Wait until the control plane is ready",
  hosts: controlPlanes,
  needs: [
    { phase: "start-controllers", on: "here" },
    { phase: "label-nodes", on: "here" },
  ],
  act: async (context, host, { signal, waiting }) => {
    const kube = context.learned.get("kube");
    const names = staticPodNames(context.cluster).map((pod) => `${pod}-${host}`);
    const witnesses = { ...context, hosts: [hostNamed(context, host)], kube };
    const look = (each: AbortSignal): Promise<string | undefined> => notReady(kube, names, each);
    await explaining(witnesses, signal, () =>
      until(`waiting for the control plane ${host}`, look, { timeout: within, every: 500, signal, onWait: waiting }),
    );
    return nothing;
  },
};

import type { ForeseenChange } from "../changes/phase.ts";
import { isControlPlane } from "../config/roles.ts";
import type { ClusterHost, Taint } from "../config/types.ts";
import { explaining } from "../diagnose/explain.ts";
import { KubeError } from "../kube/error.ts";
import type { NodeObject } from "../kube/ready.ts";
import { reconcile } from "../kube/reconcile.ts";
import type { Kube, LiveObject } from "../kube/types.ts";
import { until } from "../kube/until.ts";
import { makes } from "./common/parts.ts";
import { whyUnknown } from "./common/reports.ts";
import { type ClusterPhase, type Context, hostNamed, nodes, nothing } from "./context.ts";

/** Milliseconds until a node must have registered: kubeadm's tlsBootstrap. */
const within = 300_000;

/** Which taints of a node are from its host's entry in the file: a taint that is no longer wished can be told from anyone else's. */
const annotation = "kbs.dev/taints";

interface Node extends LiveObject {
  readonly spec?: { readonly taints?: readonly { readonly key: string; readonly value?: string; readonly effect: string }[] };
}

const labelsOf = (host: ClusterHost): Record<string, string> => ({
  ...(isControlPlane(host) && {
    "node-role.kubernetes.io/control-plane": "",
    "node.kubernetes.io/exclude-from-external-load-balancers": "",
  }),
  ...host.labels,
});

const nameOf = ({ key, effect }: { readonly key: string; readonly effect: string }): string => `${key}:${effect}`;

/** The node's taints as they should be, or undefined when they are: those of the file, then everyone else's. */
export const wishedTaints = (node: Node, wished: readonly Taint[]) => {
  const current = node.spec?.taints ?? [];
  const ours = new Set([...(node.metadata.annotations?.[annotation] ?? "").split(","), ...wished.map(nameOf)]);
  const others = current.filter((taint) => !ours.has(nameOf(taint)));
  const next = [...wished.map(({ key, value, effect }) => ({ key, ...(value && { value }), effect })), ...others];
  const text = (taints: typeof current): string =>
    taints
      .map(({ key, value = "", effect }) => `${key}=${value}:${effect}`)
      .toSorted()
      .join();
  return text(next) === text(current) ? undefined : next;
};

const refOf = (host: ClusterHost) => ({ apiVersion: "v1", kind: "Node", name: host.name });

/** What of a node is wished: its labels, and which taints are the file's. */
const wishedNode = (host: ClusterHost) => {
  const annotations = host.taints.length > 0 ? { annotations: { [annotation]: host.taints.map(nameOf).join(",") } } : {};
  return { apiVersion: "v1", kind: "Node", metadata: { name: host.name, labels: labelsOf(host), ...annotations } };
};

/** Tries to set taints of a node that others write to at the same time: its controllers do so for its first seconds. */
const mostTries = 20;

/** Sets the taints, if they differ. A list of taints is written as a whole, so only over the one that it was made of. */
const settleTaints = async (kube: Kube, host: ClusterHost, signal: AbortSignal, tries = mostTries): Promise<boolean> => {
  const ref = refOf(host);
  const node = await kube.get<Node>(ref, { signal });
  const taints = node && wishedTaints(node, host.taints);
  if (!taints) return false;
  try {
    await kube.patch(ref, { metadata: { resourceVersion: node.metadata.resourceVersion }, spec: { taints } }, "merge", { signal });
    return true;
  } catch (error) {
    if (!(error instanceof KubeError) || error.reason !== "Conflict" || tries <= 1) throw error;
    return await settleTaints(kube, host, signal, tries - 1);
  }
};

const settleNode = async (kube: Kube, host: ClusterHost, signal: AbortSignal): Promise<string[]> => {
  const changed = (await settleTaints(kube, host, signal)) ? [`taints of node ${host.name}`] : [];
  const { state, differs } = await reconcile(kube, { object: wishedNode(host) }, "apply", { signal });
  if (state !== "same") changed.push(`labels of node ${host.name}${differs.length > 0 ? ` (${differs.join(", ")})` : ""}`);
  return changed;
};

const tellTaints = (taints: readonly { readonly key: string; readonly value?: string; readonly effect: string }[]): string =>
  taints.map(({ key, value, effect }) => `${key}${value ? `=${value}` : ""}:${effect}`).join(", ") || "none";

const foreseeNode = async (kube: Kube, host: ClusterHost, signal: AbortSignal): Promise<ForeseenChange[]> => {
  const node = await kube.get<Node>(refOf(host), { signal });
  if (!node) return [{ change: `labels of node ${host.name}`, why: "the node has yet to join" }];
  const taints = wishedTaints(node, host.taints);
  const { state, differs } = await reconcile(kube, { object: wishedNode(host) }, "check", { signal });
  return [
    ...(taints ? [{ change: `taints of node ${host.name}`, why: `${tellTaints(node.spec?.taints ?? [])} -> ${tellTaints(taints)}` }] : []),
    ...(state === "same" ? [] : [{ change: `labels of node ${host.name}`, why: differs.join("\n") }]),
  ];
};

const isWished = (context: Context, host: string): boolean =>
  !isControlPlane(hostNamed(context, host)) || makes(context, "mark-control-plane");

/** Needs: a kubelet that registers its node. Gives: the node's role, labels and taints as the file has them. */
export const labelNodes: ClusterPhase = {
  id: "label-nodes",
  title: "Label and taint the nodes",
  hosts: nodes,
  needs: [
    { phase: "apply-bootstrap-objects", on: "first" },
    { phase: "start-kubelet", on: "here" },
    { phase: "start-member-api-server", on: "here" },
    { phase: "join-workers", on: "here" },
  ],
  act: async (context, name, { signal, waiting }) => {
    if (!isWished(context, name)) return nothing;
    const kube = context.learned.get("kube");
    const registered = async (): Promise<string | undefined> =>
      whyUnknown(context, await kube.get<NodeObject>({ apiVersion: "v1", kind: "Node", name }));
    const witnesses = { ...context, hosts: [hostNamed(context, name)], kube };
    await explaining(witnesses, signal, () =>
      until(`waiting for node ${name}`, registered, { timeout: within, every: 250, signal, onWait: waiting }),
    );
    return { changed: await settleNode(kube, hostNamed(context, name), signal) };
  },
  foresee: async (context, name, { signal }) => {
    if (!isWished(context, name)) return nothing;
    return { changes: await foreseeNode(context.learned.get("kube"), hostNamed(context, name), signal) };
  },
};

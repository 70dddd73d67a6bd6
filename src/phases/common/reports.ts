import { lastReport, type NodeObject } from "../../kube/ready.ts";
import type { Kube } from "../../kube/types.ts";
import { type Context, workers } from "../context.ts";

/**
 * When kubelets of workers that have yet to join have last reported, by node: a host that was given back has left its node in the API, which looks
 * ready there for 40 s more.
 */
export const formerReports = async (context: Context, kube: Kube, signal: AbortSignal): Promise<ReadonlyMap<string, string>> => {
  const joining = new Set(workers(context).filter((host) => !context.joined.has(host)));
  const { items } = await kube.list<NodeObject>({ apiVersion: "v1", kind: "Node" }, { signal });
  return new Map(items.filter(({ metadata }) => joining.has(metadata.name)).map((node) => [node.metadata.name, lastReport(node)]));
};

/** Why a node is not known to be in the cluster yet; undefined once the kubelet that runs now has reported. */
export const whyUnknown = ({ learned }: Pick<Context, "learned">, node: NodeObject | undefined): string | undefined => {
  if (!node) return "the kubelet has not registered its node";
  const former = learned.has("formerReports") ? learned.get("formerReports").get(node.metadata.name) : undefined;
  return former !== undefined && lastReport(node) === former ? "the kubelet has not reported since the host joins anew" : undefined;
};

import { isLater } from "../config/versions.ts";
import { type NodeObject, nodeReady } from "../kube/ready.ts";
import type { Context } from "../phases/context.ts";
import { otherVersion } from "./kept-version.ts";

interface Node extends NodeObject {
  readonly status?: NodeObject["status"] & { readonly nodeInfo?: { readonly kubeletVersion?: string } };
}

/**
 * Looks at the nodes of a cluster that lives.
 * @returns the names of those that are ready
 * @throws UserError exit "usage" when the API server or a kubelet is of a later version than the file asks for: data of a later one may not be readable
 */
export const lookAtNodes = async ({ learned, cluster, hosts }: Context, signal: AbortSignal): Promise<ReadonlySet<string>> => {
  const kube = learned.get("kube");
  const names = new Set(hosts.map(({ name }) => name));
  const [{ gitVersion }, { items }] = await Promise.all([
    kube.raw<{ readonly gitVersion: string }>("GET", "/version", undefined, { signal }),
    kube.list<Node>({ apiVersion: "v1", kind: "Node" }, { signal }),
  ]);
  const kubelets = items
    .filter(({ metadata }) => names.has(metadata.name))
    .map(({ metadata, status }) => [`the kubelet of ${metadata.name}`, status?.nodeInfo?.kubeletVersion ?? ""] as const);
  const later = [["the API server", gitVersion] as const, ...kubelets].filter(([, version]) =>
    isLater(version, cluster.kubernetes.version),
  );
  if (later.length > 0) throw otherVersion(cluster, later);
  return new Set(items.filter((node) => nodeReady(node) === undefined).map(({ metadata }) => metadata.name));
};

import { isNode } from "../../config/roles.ts";
import { isLater } from "../../config/versions.ts";
import { type NodeObject, nodeReady } from "../../kube/ready.ts";
import type { Context } from "../../phases/context.ts";
import { UserError } from "../../shared/errors.ts";
import { otherVersion } from "../kept/version.ts";

interface Node extends NodeObject {
  readonly status?: NodeObject["status"] & {
    readonly nodeInfo?: { readonly kubeletVersion?: string };
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
  };
}

/** A kubelet has its name in its certificate, and pods and volumes are bound to it. @throws UserError exit "usage" for a host that is a node by another name */
const refuseRenamed = ({ hosts, joined, cluster }: Context, nodes: readonly Node[]): void => {
  const known = new Map(nodes.map((node) => [node.metadata.name, node]));
  for (const { name, internalAddress } of hosts.filter((host) => isNode(host) && joined.has(host.name) && !known.has(host.name))) {
    const before = nodes.find(({ status }) => status?.addresses?.some(({ address }) => address === internalAddress));
    if (!before || hosts.some((host) => host.name === before.metadata.name)) continue;
    throw new UserError(
      `${cluster.source} calls ${name} what is the node ${before.metadata.name} (${internalAddress}), and a node cannot be renamed`,
      {
        hint: `write ${before.metadata.name} again; for another name delete the node by this one first (kbs delete node), then write its host anew`,
      },
    );
  }
};

/**
 * Looks at the nodes of a cluster that lives.
 * @returns the names of those that are ready
 * @throws UserError exit "usage" when the API server or a kubelet is of a later version than the file asks for: data of a later one may not be readable;
 *   and for a node that the file calls by another name
 */
export const lookAtNodes = async (context: Context, signal: AbortSignal): Promise<ReadonlySet<string>> => {
  const { learned, cluster, hosts } = context;
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
  refuseRenamed(context, items);
  return new Set(items.filter((node) => nodeReady(node) === undefined).map(({ metadata }) => metadata.name));
};

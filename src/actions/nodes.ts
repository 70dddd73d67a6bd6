import { parseVersion } from "../config/versions.ts";
import { type NodeObject, nodeReady } from "../kube/ready.ts";
import type { Context } from "../phases/context.ts";
import { UserError } from "../shared/errors.ts";

interface Node extends NodeObject {
  readonly status?: NodeObject["status"] & { readonly nodeInfo?: { readonly kubeletVersion?: string } };
}

/** Whether a version is later than another; what cannot be read is not. */
const isLater = (version: string, than: string): boolean => {
  const [one, other] = [parseVersion(version), parseVersion(than)];
  if (!one || !other) return false;
  const steps = [one.major - other.major, one.minor - other.minor, (one.patch ?? 0) - (other.patch ?? 0)];
  return (steps.find((step) => step !== 0) ?? 0) > 0;
};

/** Who runs a later version than is asked for, a few words each. */
export const laterThan = (wanted: string, running: ReadonlyMap<string, string>): readonly string[] =>
  [...running].filter(([, version]) => isLater(version, wanted)).map(([who, version]) => `${who} runs ${version}`);

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
  const later = laterThan(cluster.kubernetes.version, new Map([["the API server", gitVersion], ...kubelets]));
  if (later.length === 0) return new Set(items.filter((node) => nodeReady(node) === undefined).map(({ metadata }) => metadata.name));
  throw new UserError(`${cluster.source}: spec.kubernetes.version is ${cluster.kubernetes.version}, but ${later.join(", ")}`, {
    probably: "the cluster was upgraded after this file was written, and a version is never lowered",
    hint: "write the version that runs into the file",
  });
};

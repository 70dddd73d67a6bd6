import { KubeError } from "../kube/error.ts";
import type { Kube, LiveObject } from "../kube/types.ts";

/** Milliseconds: somebody waits to be asked. */
const within = 5000;

const roleLabel = "node-role.kubernetes.io/control-plane";

export const isControlPlaneNode = ({ metadata }: LiveObject): boolean => metadata.labels?.[roleLabel] !== undefined;

/** Every node of a cluster. @throws KubeError */
export const listNodes = async (kube: Kube, signal: AbortSignal): Promise<readonly LiveObject[]> =>
  (await kube.list({ apiVersion: "v1", kind: "Node" }, { signal })).items;

/**
 * What it means for a cluster that these nodes go, in a sentence for the one who is to confirm it; undefined where it can do without them.
 * @param kube the API, or undefined where nobody could be asked.
 */
export const lossOf = async (
  kube: Kube | undefined,
  going: { readonly names: readonly string[]; readonly cluster: string; readonly hasControlPlane: boolean; readonly hasMember: boolean },
  signal: AbortSignal,
): Promise<string | undefined> => {
  const { names, cluster, hasControlPlane, hasMember } = going;
  if (!hasControlPlane) return undefined;
  const nodes = await askNodes(kube, signal);
  if (nodes === undefined)
    return `That takes a control plane of ${cluster} away; its API did not answer, so whether other nodes need it is not known.`;
  const staying = nodes.filter(({ metadata }) => !names.includes(metadata.name));
  if (staying.some(isControlPlaneNode))
    return `That takes a control plane of ${cluster} away${hasMember ? ": its member of etcd stays in the cluster's list and has to be removed by hand" : ""}.`;
  const left = staying.map(({ metadata }) => metadata.name);
  const whole = `That takes the only control plane away, so the cluster ${cluster} is lost with all that it knows`;
  return left.length === 0 ? `${whole}.` : `${whole}, and ${left.join(", ")} ${left.length === 1 ? "is" : "are"} left without one.`;
};

const askNodes = async (kube: Kube | undefined, signal: AbortSignal): Promise<readonly LiveObject[] | undefined> => {
  try {
    return (await kube?.list({ apiVersion: "v1", kind: "Node" }, { signal, timeout: within, patience: 0 }))?.items;
  } catch (error) {
    if (error instanceof KubeError) return undefined;
    throw error;
  }
};

import { hasPki, isControlPlane, isEtcdHost } from "../../config/roles.ts";
import type { Cluster, ClusterHost } from "../../config/types.ts";
import { KubeError } from "../../kube/error.ts";
import type { Kube } from "../../kube/types.ts";
import { UserError } from "../../shared/errors.ts";
import { quoteAll } from "../../shared/quote.ts";
import { arbiterFirst } from "../fleet/lease.ts";
import { openApi } from "../fleet/open-api.ts";
import { type Confirm, carriers, doorOf, giveBack } from "../give-back.ts";
import { refuseOtherEtcd } from "../kept/etcd.ts";
import { isControlPlaneNode, listNodes, lossOf } from "../loss.ts";
import type { ActionOutcome, FleetOptions } from "../options.ts";
import { type Survey, survey } from "../survey.ts";

export interface ResetOptions extends FleetOptions {
  readonly confirm: Confirm;
}

const nothing: ActionOutcome = { exit: "done", changed: 0, next: [] };

/** The API, if there is one that can be asked. */
const apiOf = (found: Survey, options: FleetOptions) => {
  try {
    return openApi(found, options);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
};

/** What is said of a host that has nothing of kbs. */
export const nothingToReset = (
  kubernetes: { readonly manifests: readonly string[]; readonly kubeconfigs: readonly string[] } | undefined,
) => {
  const foreign = kubernetes !== undefined && kubernetes.manifests.length + kubernetes.kubeconfigs.length > 0;
  return foreign
    ? "kbs has changed nothing here, so there is nothing to reset; the Kubernetes in /etc/kubernetes was made by another tool, such as kubeadm, whose own reset takes it away"
    : "kbs has changed nothing here, so there is nothing to reset";
};

/**
 * Gives single hosts of a fleet back as they were found. The cluster goes on knowing their nodes.
 * @throws UserError when no host is named
 */
export const resetHosts = async (options: ResetOptions): Promise<ActionOutcome> => {
  const { file, limit } = options;
  if (limit.length === 0) {
    throw new UserError(`which hosts of ${file}? kbs reset gives back those that --limit names`, {
      hint: `add --limit HOST,…; to give all of them back, and the cluster with them: ${quoteAll(["kbs", "delete", "cluster", "-f", file])}`,
    });
  }
  const found = await survey(options);
  try {
    return await resetSurveyed(found, options);
  } finally {
    await found.fleet.close();
  }
};

/**
 * One of several control planes leaves etcd before its host is given back: a member that only vanishes counts as one that is away, for good.
 * @throws UserError exit "usage"
 */
const refuseMembers = async (
  kube: Kube | undefined,
  hosts: readonly ClusterHost[],
  { file, signal }: Pick<FleetOptions, "file" | "signal">,
): Promise<void> => {
  const planes = hosts.filter(isControlPlane).map(({ name }) => name);
  if (!kube || planes.length === 0) return;
  const nodes = (await nodesIfAnswered(kube, signal)).filter(isControlPlaneNode).map(({ metadata }) => metadata.name);
  const members = planes.filter((name) => nodes.includes(name));
  const hasOthers = nodes.some((name) => !planes.includes(name));
  if (members.length === 0 || !hasOthers) return;
  throw new UserError(
    `${members.join(", ")} is one of several control planes: given back like this, its member of etcd would stay behind`,
    {
      hint: `take it out of the cluster, which gives its host back as well: ${quoteAll(["kbs", "delete", "node", ...members, "-f", file])}`,
    },
  );
};

/** The same of a host that runs etcd alone, whether the API answers or not. @throws UserError exit "usage" */
const refuseEtcdHosts = (cluster: Cluster, hosts: readonly ClusterHost[], file: string): void => {
  const all = cluster.hosts.filter(isEtcdHost);
  const going = all.filter((host) => hosts.includes(host)).map(({ name }) => name);
  if (going.length === 0 || going.length === all.length) return;
  throw new UserError(
    `${going.join(", ")} runs a member of the etcd of ${cluster.name}: given back like this, the member would stay behind`,
    {
      hint: `take it out of etcd, which gives its host back as well: ${quoteAll(["kbs", "delete", "node", ...going, "-f", file])}`,
    },
  );
};

/** Every node; none where the API does not answer. */
const nodesIfAnswered = async (kube: Kube, signal: AbortSignal) => {
  try {
    return await listNodes(kube, signal);
  } catch (error) {
    if (error instanceof KubeError) return [];
    throw error;
  }
};

const resetSurveyed = async (found: Survey, options: ResetOptions): Promise<ActionOutcome> => {
  const { cluster, clusterId, facts, fleet, chosen, run } = found;
  const { bus, file, signal } = options;
  const hosts = await carriers(found, options, "reset");
  for (const name of chosen) {
    const known = facts.get(name);
    if (known && !known.ownership && !hosts.some((host) => host.name === name))
      bus.emit({ type: "warning", host: name, text: nothingToReset(known.kubernetes) });
  }
  if (hosts.length === 0) return nothing;
  const names = arbiterFirst(hosts);
  const [single] = names;
  const hasControlPlane = hosts.some(isControlPlane);
  const kube = apiOf(found, options);
  try {
    // By the file alone it is known whose member has to leave.
    if (hosts.some(hasPki)) refuseOtherEtcd(cluster, facts);
    refuseEtcdHosts(cluster, hosts, file);
    const hasMember = cluster.etcd.mode === "stacked";
    if (hasMember) await refuseMembers(kube, hosts, { file, signal });
    const loss = await lossOf(kube, { names, cluster: cluster.name, hasControlPlane, hasMember }, signal);
    const lost = hosts.some(isEtcdHost) ? `That takes away all that ${cluster.name} knows: its etcd.` : undefined;
    const sentence = [
      `This gives ${names.join(", ")} back as before kbs came; what the cluster ${cluster.name} has there is lost.`,
      loss,
      lost,
    ];
    const word = names.length === 1 && single !== undefined ? single : cluster.name;
    if (!(await options.confirm(sentence.filter(Boolean).join(" "), word))) throw new UserError("not confirmed; nothing was reset");
  } finally {
    kube?.close();
  }
  const outcome = await giveBack(hosts, doorOf(fleet), { cluster: { id: clusterId, name: cluster.name }, run }, options);
  // The node's entry outlives its host, as after kubeadm's reset.
  const next = hasControlPlane || kube === undefined ? [] : [quoteAll(["kbs", "delete", "node", ...names, "-f", file])];
  return { ...outcome, next: outcome.exit === "done" ? next : [] };
};

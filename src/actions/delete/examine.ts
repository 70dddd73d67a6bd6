import { hasPki, memberHosts } from "../../config/roles.ts";
import type { ClusterHost } from "../../config/types.ts";
import type { DrainOptions } from "../../kube/drain.ts";
import type { Kube, LiveObject } from "../../kube/types.ts";
import type { LeavingMembers } from "../../phases/common/reset-context.ts";
import { UserError } from "../../shared/errors.ts";
import { nearest } from "../../shared/nearest.ts";
import { type Confirm, carriers } from "../give-back.ts";
import { refuseOtherEtcd } from "../kept/etcd.ts";
import { isControlPlaneNode, listNodes } from "../loss.ts";
import type { FleetOptions } from "../options.ts";
import { nothingToReset } from "../reset/reset.ts";
import type { Survey } from "../survey.ts";
import { membersThatLeave } from "./leaving-members.ts";

export interface DeleteNodeOptions extends FleetOptions {
  readonly names: readonly string[];
  readonly drain: DrainOptions;
  /** Take a node out of the cluster though its host cannot be given back. */
  readonly forceUnreachable: boolean;
  readonly confirm: Confirm;
}

/** What is known of those that are to leave. */
export interface Leaving {
  /** Those of them that the cluster knows. */
  readonly nodes: readonly LiveObject[];
  /** Hosts that are given back. */
  readonly hosts: readonly ClusterHost[];
  /** Names whose hosts keep what they have. */
  readonly kept: readonly string[];
  /** Absent where no member of etcd is among them. */
  readonly etcd?: LeavingMembers;
}

/** The fleet without those that are to leave. */
export const staying = (found: Survey, names: readonly string[]): Survey => ({
  ...found,
  cluster: { ...found.cluster, hosts: found.cluster.hosts.filter(({ name }) => !names.includes(name)) },
});

/** Whose hosts cannot be given back, which is refused unless it was asked for. @throws UserError */
const keptHosts = (found: Survey, nodes: readonly LiveObject[], options: DeleteNodeOptions): readonly string[] => {
  const { cluster, failures } = found;
  const { names, forceUnreachable, file } = options;
  const isHost = (name: string): boolean => cluster.hosts.some((host) => host.name === name);
  const all = nodes.map(({ metadata }) => metadata.name);
  const unknown = names.find((name) => !isHost(name) && !all.includes(name));
  if (unknown !== undefined) {
    const near = nearest(unknown, [...new Set([...all, ...cluster.hosts.map(({ name }) => name)])]);
    throw new UserError(`${unknown} is neither a host of ${file} nor a node of ${cluster.name}`, {
      hint: near === undefined ? `its nodes are ${all.join(", ")}` : `did you mean ${near}?`,
    });
  }
  const strangers = names.filter((name) => !isHost(name));
  if (strangers.length > 0 && !forceUnreachable) {
    throw new UserError(`${strangers.join(", ")} is in the cluster, but not in ${file}, so its host cannot be given back`, {
      hint: "write the host into the file again, or add --force-unreachable: then the cluster forgets the node, and the host keeps what it has",
    });
  }
  const silent = names.filter((name) => failures.has(name));
  if (silent.length > 0 && !forceUnreachable) {
    throw new UserError(`${silent.join(", ")} did not answer; nothing was changed anywhere`, {
      exit: "unreachable",
      output: silent.map((name) => `${name}: ${failures.get(name)?.message ?? ""}`).join("\n"),
      hint: "bring the host back, or add --force-unreachable: then the cluster forgets the node, and the host keeps what it has",
    });
  }
  return [...strangers, ...silent];
};

/** Decides who leaves and how. Changes nothing. */
export const examine = async (found: Survey, kube: Kube, options: DeleteNodeOptions): Promise<Leaving> => {
  const { cluster, clusterId, facts } = found;
  const { names, signal, file, bus } = options;
  const all = await listNodes(kube, signal);
  const nodes = all.filter(({ metadata }) => names.includes(metadata.name));
  const kept = keptHosts(found, all, options);
  for (const name of names) {
    const owner = facts.get(name)?.ownership;
    if (owner === undefined || owner.id === clusterId) continue;
    throw new UserError(`the host of ${name} belongs to the cluster ${owner.name}, not to ${cluster.name}`, {
      exit: "preflight",
      host: name,
      hint: `correct the address of ${name} in ${file}`,
    });
  }
  const chosen = new Set(names.filter((name) => facts.has(name)));
  const hosts = await carriers({ ...found, chosen }, options, "changed");
  for (const name of chosen) {
    const foreign = hosts.every((host) => host.name !== name) && facts.get(name)?.kubernetes.kubeconfigs.length;
    if (foreign) bus.emit({ type: "warning", host: name, text: nothingToReset(facts.get(name)?.kubernetes) });
  }
  const wished = new Set(memberHosts(cluster).map(({ name }) => name));
  const isPlane = (name: string): boolean => nodes.some((node) => node.metadata.name === name && isControlPlaneNode(node));
  const isMember = (name: string): boolean => wished.has(name) || (cluster.etcd.mode === "stacked" && isPlane(name));
  // By the file alone it is known whose member has to leave.
  if (names.some((name) => isPlane(name) || cluster.hosts.some((host) => host.name === name && hasPki(host))))
    refuseOtherEtcd(cluster, facts);
  const members = names.filter(isMember);
  const etcd = members.length === 0 ? undefined : await membersThatLeave(found, staying(found, names), members, signal);
  return { nodes, hosts, kept, ...(etcd && { etcd }) };
};

import type { Phase } from "../../changes/phase.ts";
import { hasPki, isControlPlane, isEtcdHost, memberHosts } from "../../config/roles.ts";
import type { Cluster, ClusterHost } from "../../config/types.ts";
import { runPhases } from "../../engine/run.ts";
import { type DrainOptions, isSilent, judgePods, undrainable } from "../../kube/drain.ts";
import type { Kube, LiveObject } from "../../kube/types.ts";
import type { LeaveContext, LeavingMembers } from "../../phases/common/reset-context.ts";
import { cordonNode, drainNode } from "../../phases/drain-node.ts";
import { removeMember, saveEtcd } from "../../phases/leave-etcd.ts";
import { removeNode } from "../../phases/remove-node.ts";
import { stopNode, undoChanges } from "../../phases/reset-host.ts";
import { UserError } from "../../shared/errors.ts";
import { nearest } from "../../shared/nearest.ts";
import { quoteAll } from "../../shared/quote.ts";
import { withLeases } from "../fleet/lease.ts";
import { openApi } from "../fleet/open-api.ts";
import { type Confirm, carriers, doorOf, hostsOnly } from "../give-back.ts";
import { refuseOtherEtcd } from "../kept/etcd.ts";
import { leadingControlPlane } from "../leading.ts";
import { isControlPlaneNode, listNodes } from "../loss.ts";
import type { ActionOutcome, FleetOptions } from "../options.ts";
import { worstExit } from "../outcome.ts";
import { nothingToReset } from "../reset/reset.ts";
import { readCluster, type Survey, surveyOf } from "../survey.ts";
import { membersThatLeave, refuseEndpoint, refuseLast } from "./leaving-members.ts";

/** From a node to a plain machine, while the cluster goes on. */
const leavePhases: readonly Phase<LeaveContext>[] = [
  saveEtcd,
  cordonNode,
  drainNode,
  removeMember,
  {
    ...stopNode,
    needs: [
      { phase: "drain-node", on: "here" },
      { phase: "remove-etcd-member", on: "here" },
    ],
  },
  undoChanges,
  removeNode,
];

export interface DeleteNodeOptions extends FleetOptions {
  readonly names: readonly string[];
  readonly drain: DrainOptions;
  /** Take a node out of the cluster though its host cannot be given back. */
  readonly forceUnreachable: boolean;
  readonly confirm: Confirm;
}

/** What is known of those that are to leave. */
interface Leaving {
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
const staying = (found: Survey, names: readonly string[]): Survey => ({
  ...found,
  cluster: { ...found.cluster, hosts: found.cluster.hosts.filter(({ name }) => !names.includes(name)) },
});

/** Hosts that are asked: where a control plane leaves all, as each may reach the API by it. */
const asked = ({ hosts }: Cluster, names: readonly string[]): readonly string[] => {
  const known = hosts.filter(({ name }) => names.includes(name));
  if (known.some(isControlPlane)) return [];
  return known.length > 0 ? known.map(({ name }) => name) : [hosts.find(isControlPlane)?.name ?? ""];
};

/**
 * Takes nodes out of a cluster: their pods go elsewhere, their hosts are given back, then the cluster forgets them. Repeated after a kill, it goes
 * on wherever it was.
 */
export const deleteNodes = async (options: DeleteNodeOptions): Promise<ActionOutcome> => {
  const cluster = await readCluster(options);
  refuseLast(cluster, options);
  const found = await surveyOf(cluster, { ...options, limit: asked(cluster, options.names) });
  try {
    refuseEndpoint(found, options.names);
    const kube = openApi(staying(found, options.names), options);
    try {
      return await leave(found, kube, options);
    } finally {
      kube.close();
    }
  } finally {
    await found.fleet.close();
  }
};

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
const examine = async (found: Survey, kube: Kube, options: DeleteNodeOptions): Promise<Leaving> => {
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

/** Pods that must not be taken away stop all before the first change. @throws UserError exit "preflight" */
const refuseUndrainable = async (kube: Kube, nodes: readonly LiveObject[], { drain, signal }: DeleteNodeOptions): Promise<number> => {
  const judged = await Promise.all(
    nodes
      .filter((node) => !isSilent(node))
      .map(async ({ metadata: { name } }) => ({ name, ...(await judgePods(kube, name, drain, signal)) })),
  );
  const refused = judged.filter(({ refused: reasons }) => reasons.length > 0).map(({ name, refused: reasons }) => [name, reasons] as const);
  if (refused.length > 0) throw undrainable(new Map(refused));
  return judged.reduce((sum, { going }) => sum + going.length, 0);
};

const list = (names: readonly string[]): string => names.join(", ");

const sentenceOf = (cluster: string, { nodes, hosts, kept, etcd }: Leaving, pods: number): string => {
  const gone = nodes.map(({ metadata }) => metadata.name);
  return [
    ...(gone.length > 0
      ? [
          `This takes ${list(gone)} out of the cluster ${cluster}${pods > 0 ? ` and moves ${pods} ${pods === 1 ? "pod" : "pods"} to other nodes` : ""}.`,
        ]
      : []),
    ...(etcd
      ? [
          `${gone.length > 0 ? "Its etcd" : `The etcd of ${cluster}`} goes on without ${list([...etcd.leaving.keys()])}, after a snapshot that is kept on ${etcd.keeper}.`,
        ]
      : []),
    ...(hosts.length > 0 ? [`Given back as before kbs came: ${list(hosts.map(({ name }) => name))}.`] : []),
    ...(kept.length > 0 ? [`Out of reach, so left with all that is on it: ${list(kept)}.`] : []),
  ].join(" ");
};

const leave = async (found: Survey, kube: Kube, options: DeleteNodeOptions): Promise<ActionOutcome> => {
  const leaving = await examine(found, kube, options);
  try {
    return await leaveExamined(found, kube, leaving, options);
  } finally {
    leaving.etcd?.client.close();
  }
};

const leaveExamined = async (found: Survey, kube: Kube, leaving: Leaving, options: DeleteNodeOptions): Promise<ActionOutcome> => {
  const { cluster, clusterId, run, fleet, facts } = found;
  const { names, bus, concurrency } = options;
  const pods = await refuseUndrainable(kube, leaving.nodes, options);
  if (leaving.nodes.length === 0 && leaving.hosts.length === 0 && !leaving.etcd) {
    bus.emit({ type: "warning", text: `${names.join(", ")} is in no cluster, and its host carries none: there is nothing to delete` });
    return { exit: "done", changed: 0, next: [] };
  }
  const [single = ""] = names;
  if (!(await options.confirm(sentenceOf(cluster.name, leaving, pods), names.length === 1 ? single : cluster.name)))
    throw new UserError("not confirmed; nothing was changed");
  const ticket = { cluster: { id: clusterId, name: cluster.name }, run };
  const door = doorOf(fleet);
  const touched = leaving.hosts.map(({ name }) => name);
  const nodes = leaving.nodes.map(({ metadata }) => metadata.name);
  const { hosts, etcd } = leaving;
  const context: LeaveContext = {
    hosts,
    touched: new Set(touched),
    door,
    ticket,
    kube,
    nodes,
    drain: options.drain,
    ...(etcd && { etcd }),
  };
  const reached = staying(found, names).cluster.hosts.filter(({ name }) => facts.has(name));
  const first = etcd?.keeper ?? leadingControlPlane(reached, facts)?.name ?? "";
  return await withLeases([first, ...touched].map(door), ticket, options, async (signal) => {
    const result = await runPhases({ phases: leavePhases, context, first, doors: hostsOnly(door), ticket, bus, signal, concurrency });
    const exit = options.signal.aborted ? "interrupted" : worstExit(result.failures.map(({ error }) => error.exit));
    if (exit === "done") tellWhatStays(found, leaving, options);
    return { exit, changed: result.changed, next: [] };
  });
};

const tellWhatStays = ({ cluster }: Survey, { kept, etcd }: Leaving, { names, bus, file }: DeleteNodeOptions): void => {
  const etcdHosts = new Set(cluster.hosts.filter(isEtcdHost).map(({ name }) => name));
  for (const name of kept)
    bus.emit({
      type: "warning",
      host: name,
      text: etcdHosts.has(name)
        ? "still carries a member's data, of which its etcd can make nothing any more: run `kbs reset` there"
        : "still carries the cluster, and joins it again when its kubelet is started: run `kbs reset` there",
    });
  if (etcd && cluster.etcd.mode === "dedicated")
    bus.emit({
      type: "warning",
      text: `the API servers still try it, until ${quoteAll(["kbs", "apply", "-f", file])} gives them the new list`,
    });
  const planes = cluster.hosts.filter((host) => names.includes(host.name) && isControlPlane(host));
  if (planes.length > 0 && cluster.loadBalancer === "haproxy")
    bus.emit({
      type: "warning",
      text: `the workers' proxies still try it, until ${quoteAll(["kbs", "apply", "-f", file])} gives them the new list`,
    });
  const written = names.filter((name) => cluster.hosts.some((host) => host.name === name));
  if (written.length > 0)
    bus.emit({
      type: "warning",
      text: `${written.join(", ")} is still in ${file}: take it out of there, or the next run makes it a node again`,
    });
};

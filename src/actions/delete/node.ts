import type { Phase } from "../../changes/phase.ts";
import { isControlPlane } from "../../config/roles.ts";
import type { Cluster } from "../../config/types.ts";
import { runPhases } from "../../engine/run.ts";
import { isSilent, judgePods, undrainable } from "../../kube/drain.ts";
import type { Kube, LiveObject } from "../../kube/types.ts";
import type { LeaveContext } from "../../phases/common/reset-context.ts";
import { cordonNode, drainNode } from "../../phases/drain-node.ts";
import { removeMember, saveEtcd } from "../../phases/leave-etcd.ts";
import { removeNode } from "../../phases/remove-node.ts";
import { stopNode, undoChanges } from "../../phases/reset-host.ts";
import { UserError } from "../../shared/errors.ts";
import { withLeases } from "../fleet/lease.ts";
import { openApi } from "../fleet/open-api.ts";
import { doorOf, hostsOnly } from "../give-back.ts";
import { leadingControlPlane } from "../leading.ts";
import type { ActionOutcome } from "../options.ts";
import { worstExit } from "../outcome.ts";
import { readCluster, type Survey, surveyOf } from "../survey.ts";
import { type DeleteNodeOptions, examine, type Leaving, staying } from "./examine.ts";
import { refuseEndpoint, refuseLast } from "./leaving-members.ts";
import { sentenceOf, tellWhatStays } from "./tell.ts";

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

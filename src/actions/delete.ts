import type { Host } from "../changes/host.ts";
import type { Ticket } from "../changes/message.ts";
import type { Phase } from "../changes/phase.ts";
import type { Doors } from "../engine/doors.ts";
import { runPhases } from "../engine/run.ts";
import { type ResetContext, stopNode, undoChanges } from "../phases/reset-host.ts";
import { UserError } from "../shared/errors.ts";
import { arbiterFirst, withLeases } from "./lease.ts";
import type { ActionOutcome, FleetOptions } from "./options.ts";
import { worstExit } from "./outcome.ts";
import { type Survey, survey } from "./survey.ts";

/** From a cluster to plain machines. */
const deletePhases: readonly Phase<ResetContext>[] = [stopNode, undoChanges];

export interface DeleteOptions extends FleetOptions {
  /** Shows the sentence and wants the word typed; true when it was. */
  readonly confirm: (sentence: string, word: string) => Promise<boolean>;
}

/** Gives the hosts of a cluster back as they were found. Only hosts that say themselves that they belong to it are touched. */
export const deleteCluster = async (options: DeleteOptions): Promise<ActionOutcome> => {
  const found = await survey(options);
  try {
    return await deleteSurveyed(found, options);
  } finally {
    await found.fleet.close();
  }
};

const deleteSurveyed = async (found: Survey, options: DeleteOptions): Promise<ActionOutcome> => {
  const hosts = membersOf(found, options);
  const { cluster } = found;
  if (hosts.length === 0) {
    options.bus.emit({ type: "warning", text: `no host carries a cluster called ${cluster.name}: there is nothing to delete` });
    return { exit: "done", changed: 0, next: [] };
  }
  const names = arbiterFirst(hosts);
  const sentence = `This deletes the cluster ${cluster.name} with all its data from ${names.join(", ")} and gives the hosts back as they were.`;
  if (!(await options.confirm(sentence, cluster.name))) throw new UserError("not confirmed; nothing was deleted");
  const ticket: Ticket = { cluster: { id: found.clusterId, name: cluster.name }, run: found.run };
  const door = (name: string): Host => {
    const open = found.fleet.doors.get(name);
    if (!open) throw new Error(`no connection to ${name}`);
    return open;
  };
  const context: ResetContext = { hosts, touched: new Set(names), door, ticket };
  const { bus, concurrency } = options;
  return await withLeases(names.map(door), ticket, options, async (signal) => {
    const result = await runPhases({
      phases: deletePhases,
      context,
      first: names[0] ?? "",
      doors: hostsOnly(door),
      ticket,
      bus,
      signal,
      concurrency,
    });
    const exit = options.signal.aborted ? "interrupted" : worstExit(result.failures.map(({ error }) => error.exit));
    return { exit, changed: result.changed, next: [] };
  });
};

const none = (): never => {
  throw new Error("a cluster that is deleted needs neither objects nor content");
};

/** Nothing is applied to the API of a cluster that goes, and no content is sent. */
const hostsOnly = (host: Doors["host"]): Doors => ({ host, applyObjects: none, readBlob: none });

/**
 * The chosen hosts which carry this cluster. Unreachable is not deleted: such a host stops all, unless the operator goes on without it.
 * @throws UserError exit "unreachable"
 */
const membersOf = ({ cluster, facts, failures, chosen, clusterId, isNew }: Survey, { keepGoing, bus }: DeleteOptions) => {
  const silent = [...failures].filter(([name]) => chosen.has(name));
  if (silent.length > 0 && !keepGoing) {
    throw new UserError(`${silent.map(([name]) => name).join(", ")} did not answer; nothing was deleted anywhere`, {
      exit: "unreachable",
      output: silent.map(([name, error]) => `${name}: ${error.message}`).join("\n"),
      hint: "bring them back, or add --keep-going to delete the cluster from the others; what did not answer still carries it then",
    });
  }
  for (const [name, error] of silent) bus.emit({ type: "warning", host: name, text: `still carries the cluster: ${error.message}` });
  return cluster.hosts.filter(({ name }) => chosen.has(name) && !isNew && facts.get(name)?.ownership?.id === clusterId);
};

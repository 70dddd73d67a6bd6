import type { Host } from "../changes/host.ts";
import type { Ticket } from "../changes/message.ts";
import type { Phase } from "../changes/phase.ts";
import type { ClusterHost } from "../config/types.ts";
import type { Doors } from "../engine/doors.ts";
import { runPhases } from "../engine/run.ts";
import { readFact } from "../facts/index.ts";
import { remains } from "../facts/remains.ts";
import type { ResetContext } from "../phases/common/reset-context.ts";
import { stopNode, undoChanges } from "../phases/reset-host.ts";
import { UserError } from "../shared/errors.ts";
import { arbiterFirst, withLeases } from "./fleet/lease.ts";
import type { ActionOutcome, FleetOptions } from "./options.ts";
import { worstExit } from "./outcome.ts";
import type { Survey } from "./survey.ts";

/** Shows the sentence and wants the word typed; true when it was. */
export type Confirm = (sentence: string, word: string) => Promise<boolean>;

/** From a node to a plain machine. */
const giveBackPhases: readonly Phase<ResetContext>[] = [stopNode, undoChanges];

/** @throws Error for a host to which there is no connection: a bug. */
export const doorOf =
  ({ doors }: Pick<Survey["fleet"], "doors">) =>
  (name: string): Host => {
    const open = doors.get(name);
    if (!open) throw new Error(`no connection to ${name}`);
    return open;
  };

const none = (): never => {
  throw new Error("a host that is given back needs neither objects nor content");
};

/** Nothing is applied to the API of a cluster that goes, and no content is sent. */
export const hostsOnly = (host: Doors["host"]): Doors => ({ host, applyObjects: none, readBlob: none });

/**
 * Gives hosts back as they were found, by what each has written down, under their leases.
 * @param leave what only a cluster that still runs can do: comes first, under the leases, too
 */
export const giveBack = async (
  hosts: readonly ClusterHost[],
  door: (name: string) => Host,
  ticket: Ticket,
  options: FleetOptions,
  leave?: (signal: AbortSignal) => Promise<void>,
): Promise<ActionOutcome> => {
  const names = arbiterFirst(hosts);
  const context: ResetContext = { hosts, touched: new Set(names), door, ticket };
  const { bus, concurrency } = options;
  return await withLeases(names.map(door), ticket, options, async (signal) => {
    await leave?.(signal);
    const [first = ""] = names;
    const doors = hostsOnly(door);
    const result = await runPhases({ phases: giveBackPhases, context, first, doors, ticket, bus, signal, concurrency });
    const exit = options.signal.aborted ? "interrupted" : worstExit(result.failures.map(({ error }) => error.exit));
    return { exit, changed: result.changed, next: [] };
  });
};

/** Whether a host that belongs to no cluster has something of kbs all the same. */
const hasRemains = async (door: Host, signal: AbortSignal): Promise<boolean> => {
  const questions = [remains.question];
  const { records } = await door.send({ kind: "ask", questions }, { signal, timeout: 60_000 });
  return readFact(remains, questions, records) ?? false;
};

/**
 * The chosen hosts which carry this cluster, or what a killed run left behind. Unreachable is never given back: such a host stops all, unless
 * the operator goes on without it.
 * @throws UserError exit "unreachable"
 */
export const carriers = async (found: Survey, options: FleetOptions, done: string): Promise<readonly ClusterHost[]> => {
  const { cluster, facts, failures, chosen, clusterId, fleet } = found;
  const { keepGoing, bus, signal } = options;
  const silent = [...failures].filter(([name]) => chosen.has(name));
  if (silent.length > 0 && !keepGoing) {
    throw new UserError(`${silent.map(([name]) => name).join(", ")} did not answer; nothing was ${done} anywhere`, {
      exit: "unreachable",
      output: silent.map(([name, error]) => `${name}: ${error.message}`).join("\n"),
      hint: "bring them back, or add --keep-going to go on with the others; what did not answer still carries the cluster then",
    });
  }
  for (const [name, error] of silent) bus.emit({ type: "warning", host: name, text: `still carries the cluster: ${error.message}` });
  const carries = async ({ name }: ClusterHost): Promise<boolean> => {
    const owner = facts.get(name)?.ownership;
    if (owner === undefined) return await hasRemains(doorOf(fleet)(name), signal);
    if (owner.id !== clusterId) bus.emit({ type: "warning", host: name, text: `belongs to the cluster ${owner.name}, and is left alone` });
    return owner.id === clusterId;
  };
  const hosts = cluster.hosts.filter(({ name }) => chosen.has(name) && facts.has(name));
  const carrying = await Promise.all(hosts.map(carries));
  return hosts.filter((_, index) => carrying[index]);
};

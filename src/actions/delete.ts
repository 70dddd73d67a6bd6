import type { Ticket } from "../changes/message.ts";
import { runPhases } from "../engine/run.ts";
import { type ClusterPhase, Learned } from "../phases/context.ts";
import { stopNode, undoChanges } from "../phases/reset-host.ts";
import { prepareKeys } from "../pki/keys.ts";
import { UserError } from "../shared/errors.ts";
import { imageNames } from "../supply/images.ts";
import { lostLease, takeLeases } from "./lease.ts";
import type { ActionOutcome, FleetOptions } from "./options.ts";
import { worstExit } from "./outcome.ts";
import { type Survey, survey } from "./survey.ts";

/** From a cluster to plain machines. */
const deletePhases: readonly ClusterPhase[] = [stopNode, undoChanges];

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
  const names = hosts.map(({ name }) => name);
  const sentence = `This deletes the cluster ${cluster.name} with all its data from ${names.join(", ")} and gives the hosts back as they were.`;
  if (!(await options.confirm(sentence, cluster.name))) throw new UserError("not confirmed; nothing was deleted");
  const ticket: Ticket = { cluster: { id: found.clusterId, name: cluster.name }, run: found.run };
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const door = (name: string) => {
    const open = found.fleet.doors.get(name);
    if (!open) throw new Error(`no connection to ${name}`);
    return open;
  };
  const leases = await takeLeases(names.map(door), ticket, options.command, signal, (host, reason) => stop.abort(lostLease(host, reason)));
  try {
    const result = await runPhases({
      phases: deletePhases,
      context: {
        cluster,
        hosts,
        touched: new Set(names),
        facts: found.facts,
        pkiFound: found.pkiFound,
        joined: found.joined,
        clusterId: found.clusterId,
        ticket,
        images: imageNames(cluster),
        software: () => {
          throw new Error("nothing is installed here");
        },
        door,
        lost: new Set<string>(),
        learned: new Learned(),
        keys: () => prepareKeys(cluster.kubernetes.encryptionAlgorithm, 0),
        now: new Date(),
      },
      first: names[0] ?? "",
      doors: {
        host: door,
        applyObjects: () => Promise.reject(new Error("no objects here")),
        readBlob: () => {
          throw new Error("no content here");
        },
      },
      ticket,
      bus: options.bus,
      signal,
      concurrency: options.concurrency,
    });
    if (stop.signal.aborted) throw stop.signal.reason;
    const exit = options.signal.aborted ? "interrupted" : worstExit(result.failures.map(({ error }) => error.exit));
    return { exit, changed: result.changed, next: [] };
  } finally {
    await leases.release();
  }
};

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

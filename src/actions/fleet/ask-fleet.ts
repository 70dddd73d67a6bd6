import type { Record as Answer, Question } from "../../changes/message.ts";
import type { Cluster } from "../../config/types.ts";
import type { UserError } from "../../shared/errors.ts";
import type { FleetOptions } from "../options.ts";
import { onEachHost, type ToldPhase } from "../told-phase.ts";
import type { Fleet } from "./connect.ts";

/** What is asked of each host of a fleet, and as which phase it is told. */
export interface FleetQuestion extends ToldPhase {
  readonly questions: readonly Question[];
}

/** Milliseconds for a host to answer. */
const within = 60_000;

/** Asks every chosen host at once, within bounds. One that does not answer is named among the failures, and stops nobody. */
export const askFleet = async (
  cluster: Cluster,
  chosen: ReadonlySet<string>,
  fleet: Fleet,
  { questions, ...phase }: FleetQuestion,
  options: FleetOptions,
): Promise<{ readonly answers: ReadonlyMap<string, readonly Answer[]>; readonly failures: ReadonlyMap<string, UserError> }> => {
  const told = new Map<string, readonly Answer[]>();
  const hosts = cluster.hosts.filter(({ name }) => chosen.has(name) && fleet.doors.has(name));
  const unanswered = await onEachHost(hosts, phase, options, async ({ name }) => {
    const reply = await fleet.doors.get(name)?.send({ kind: "ask", questions }, { signal: options.signal, timeout: within });
    if (reply) told.set(name, reply.records);
  });
  const answers = new Map(
    hosts.flatMap(({ name }): [string, readonly Answer[]][] => (told.has(name) ? [[name, told.get(name) ?? []]] : [])),
  );
  return { answers, failures: new Map([...fleet.failures, ...unanswered]) };
};

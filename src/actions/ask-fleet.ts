import type { Record as Answer, Question } from "../changes/message.ts";
import type { Cluster } from "../config/types.ts";
import { toEventError } from "../engine/events.ts";
import { createLimit } from "../engine/limit.ts";
import { asUserError } from "../engine/run.ts";
import type { UserError } from "../shared/errors.ts";
import type { Fleet } from "./connect.ts";
import type { FleetOptions } from "./options.ts";

/** What is asked of each host of a fleet, and as which phase it is told. */
export interface FleetQuestion {
  readonly phase: string;
  readonly title: string;
  readonly questions: readonly Question[];
}

/** Milliseconds for a host to answer. */
const within = 60_000;

/** Asks every chosen host at once, within bounds. One that does not answer is named among the failures, and stops nobody. */
export const askFleet = async (
  cluster: Cluster,
  chosen: ReadonlySet<string>,
  fleet: Fleet,
  { phase, title, questions }: FleetQuestion,
  { bus, signal, concurrency }: FleetOptions,
): Promise<{ readonly answers: ReadonlyMap<string, readonly Answer[]>; readonly failures: ReadonlyMap<string, UserError> }> => {
  const limit = createLimit(concurrency);
  const failures = new Map(fleet.failures);
  const told = new Map<string, readonly Answer[]>();
  const names = cluster.hosts.map(({ name }) => name).filter((name) => chosen.has(name) && fleet.doors.has(name));
  bus.emit({ type: "phase-planned", phase, title, hosts: names });
  const ask = async (host: string): Promise<void> => {
    const began = Date.now();
    bus.emit({ type: "unit-started", phase, host });
    try {
      const reply = await fleet.doors.get(host)?.send({ kind: "ask", questions }, { signal, timeout: within });
      if (reply) told.set(host, reply.records);
      bus.emit({ type: "unit-ended", phase, host, state: "done", changed: 0, took: Date.now() - began });
    } catch (thrown) {
      signal.throwIfAborted();
      const error = asUserError(thrown, host);
      failures.set(host, error);
      bus.emit({ type: "unit-ended", phase, host, state: "failed", changed: 0, took: Date.now() - began, error: toEventError(error) });
    }
  };
  await Promise.all(names.map((host) => limit(() => ask(host))));
  const answers = new Map(names.flatMap((name): [string, readonly Answer[]][] => (told.has(name) ? [[name, told.get(name) ?? []]] : [])));
  return { answers, failures };
};

import { toEventError } from "../engine/events.ts";
import { createLimit } from "../engine/limit.ts";
import { asUserError } from "../engine/run.ts";
import type { UserError } from "../shared/errors.ts";
import type { FleetOptions } from "./options.ts";

/** What is done on hosts outside the engine, and how it is told: as a phase whose units change nothing. */
export interface ToldPhase {
  readonly phase: string;
  readonly title: string;
}

/**
 * Works on all hosts at once, within bounds. What goes wrong on one is told, and stops nobody.
 * @returns why, by host
 * @throws what the signal was aborted with
 */
export const onEachHost = async <T extends { readonly name: string }>(
  hosts: readonly T[],
  { phase, title }: ToldPhase,
  { bus, signal, concurrency }: Pick<FleetOptions, "bus" | "signal" | "concurrency">,
  work: (host: T) => Promise<void>,
): Promise<ReadonlyMap<string, UserError>> => {
  const limit = createLimit(concurrency);
  const failures = new Map<string, UserError>();
  bus.emit({ type: "phase-planned", phase, title, hosts: hosts.map(({ name }) => name) });
  const perform = async (host: T): Promise<void> => {
    const began = Date.now();
    const names = { phase, host: host.name };
    bus.emit({ type: "unit-started", ...names });
    try {
      await work(host);
      bus.emit({ type: "unit-ended", ...names, state: "done", changed: 0, took: Date.now() - began });
    } catch (thrown) {
      signal.throwIfAborted();
      const error = asUserError(thrown, host.name);
      failures.set(host.name, error);
      bus.emit({ type: "unit-ended", ...names, state: "failed", changed: 0, took: Date.now() - began, error: toEventError(error) });
    }
  };
  await Promise.all(hosts.map((host) => limit(() => perform(host))));
  return failures;
};

import type { Lane } from "../changes/message.ts";
import { UserError } from "../shared/errors.ts";
import type { Bench, EarlyLook, RunInput } from "./bench.ts";
import { toEventError } from "./events.ts";
import { planUnits, readiness, type Unit, type UnitOutcome } from "./graph.ts";
import { createLane, type LaneQueue } from "./lane.ts";
import { createLimit } from "./limit.ts";
import { looksEarly } from "./look.ts";
import { performUnit, type Tally } from "./perform.ts";
import { createStaging, type Staging } from "./staging.ts";

export interface RunResult {
  readonly outcomes: ReadonlyMap<string, UnitOutcome>;
  readonly changed: number;
  readonly failures: readonly Failure[];
}

export interface Failure {
  readonly phase: string;
  readonly host: string;
  readonly error: UserError;
}

/**
 * Performs every unit of the phases, each as soon as what it needs is done: check and apply, then act. A failed unit ends its host's
 * list, and what needs it; everything else goes on.
 */
export const runPhases = async <Context>(input: RunInput<Context>): Promise<RunResult> => {
  const units = planUnits(input.phases, input.context, input.first);
  announce(input);
  const hosts = [...new Set(units.map((unit) => unit.host))];
  const messages = createLimit(input.concurrency);
  const uploads = createLimit(input.concurrency);
  const lanes = new Map<string, LaneQueue>();
  const firstStaged = Promise.withResolvers<void>();
  const others = Promise.race([firstStaged.promise, pause(headStart)]);
  const stagings = new Map(
    hosts.map((host) => [host, createStaging(host, { ...input, limit: uploads, ...(host !== input.first && { after: others }) })]),
  );
  const staging = (host: string): Staging => {
    const found = stagings.get(host);
    if (!found) throw new Error(`no unit runs on ${host}`);
    return found;
  };
  const lane = (host: string, name: Lane): LaneQueue => {
    const key = `${host}/${name}`;
    const found = lanes.get(key) ?? createLane(host, name, { ...input, limit: messages });
    lanes.set(key, found);
    return found;
  };
  const seen = new Map<string, EarlyLook>();
  const bench: Bench<Context> = { input, lane, staging, seen };
  const lost = new Set<string>();
  const failures: Failure[] = [];
  if (!hosts.includes(input.first)) firstStaged.resolve();
  await Promise.all(
    hosts.map(async (host) => {
      try {
        await looksEarly(
          units.filter((unit) => unit.host === host),
          bench,
          seen,
        );
      } catch (error) {
        lost.add(host);
        const phase = units.find((unit) => unit.host === host)?.phase.id ?? "";
        const told = asUserError(error, host);
        failures.push({ phase, host, error: told });
        input.bus.emit({ type: "host-failed", host, error: toEventError(told) });
        input.onLost?.(host);
      } finally {
        if (host === input.first) void staging(host).idle().then(firstStaged.resolve);
      }
    }),
  );
  return await schedule(units, bench, lost, failures);
};

/**
 * Milliseconds for which the first control plane has this machine's uplink to itself, at most: all others wait for its API server, which they
 * find running when their own content has arrived. What is sent in all, and so the time for it, stays the same.
 */
const headStart = 30_000;

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });

const behindFailure = "an earlier step failed on this host";

const announce = <Context>({ phases, context, bus, first }: RunInput<Context>): void => {
  for (const { id, title, hosts, needs = [] } of phases)
    bus.emit({ type: "phase-planned", phase: id, title, hosts: hosts(context), needs, first });
};

const schedule = async <Context>(
  units: readonly Unit<Context>[],
  bench: Bench<Context>,
  lost: Set<string>,
  failures: Failure[],
): Promise<RunResult> => {
  const { bus, signal, onLost } = bench.input;
  const outcomes = new Map<string, UnitOutcome>();
  const queued = new Set<string>();
  const waiting = new Set(units);
  const done = Promise.withResolvers<void>();
  let running = 0;
  let changed = 0;

  const end = (
    unit: Unit<Context>,
    outcome: UnitOutcome,
    began: number,
    made: number,
    { error, reason }: { error?: UserError; reason?: string } = {},
  ): void => {
    outcomes.set(unit.key, outcome);
    changed += made;
    bus.emit({
      type: "unit-ended",
      phase: unit.phase.id,
      host: unit.host,
      state: outcome,
      changed: made,
      took: Date.now() - began,
      ...(error && { error: toEventError(error) }),
      ...(reason !== undefined && { reason }),
    });
  };

  const start = async (unit: Unit<Context>): Promise<void> => {
    const began = Date.now();
    bus.emit({ type: "unit-started", phase: unit.phase.id, host: unit.host });
    const onQueued = (): void => {
      queued.add(unit.key);
      pump();
    };
    const tally: Tally = { changed: 0 };
    try {
      await performUnit(unit, bench, tally, onQueued);
      end(unit, "done", began, tally.changed);
    } catch (thrown) {
      const error = asUserError(thrown, unit.host);
      if (signal.aborted) return end(unit, "cancelled", began, tally.changed);
      // It stood in a queue behind what failed, and was not begun.
      if (failures.some((failure) => failure.error === error)) return end(unit, "skipped", began, 0, { reason: behindFailure });
      failures.push({ phase: unit.phase.id, host: unit.host, error });
      lost.add(unit.host);
      onLost?.(unit.host);
      end(unit, "failed", began, tally.changed, { error });
    }
  };

  const pump = (): void => {
    let moved = true;
    while (moved) {
      moved = false;
      for (const unit of waiting) {
        const ready = signal.aborted ? ("cancelled" as const) : readiness(unit, outcomes, queued, lost);
        if (ready === "wait") continue;
        waiting.delete(unit);
        if (ready === "start") {
          running++;
          void start(unit).finally(() => {
            running--;
            pump();
          });
        } else {
          end(unit, ready === "cancelled" ? "cancelled" : "skipped", Date.now(), 0, ready === "cancelled" ? {} : { reason: ready.skip });
          moved = true;
        }
      }
    }
    if (running === 0) done.resolve();
  };

  pump();
  await done.promise;
  return { outcomes, changed, failures };
};

/** Anything thrown that is not meant for a user is a bug, and says so without hiding where it happened. */
export const asUserError = (thrown: unknown, host: string): UserError => {
  if (thrown instanceof UserError) return thrown;
  const message = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  return new UserError(message.split("\n")[0] ?? message, { exit: "bug", host, output: message, cause: thrown });
};

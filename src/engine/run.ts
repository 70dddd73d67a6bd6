import type { Lane } from "../changes/message.ts";
import { UserError } from "../shared/errors.ts";
import type { Bench, EarlyLook, RunInput } from "./bench.ts";
import { toEventError } from "./events.ts";
import { dependents, planUnits, readiness, type Unit, type UnitOutcome } from "./graph.ts";
import { createLane, type LaneQueue } from "./lane.ts";
import { createHostLimit, createLimit, type Limit } from "./limit.ts";
import { looksEarly } from "./look.ts";
import { performUnit, type Tally } from "./perform.ts";
import { createStaging, type Staging } from "./staging.ts";
import { createTurns } from "./turns.ts";

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
  const messages = createHostLimit(input.concurrency);
  const looks = createLimit(input.concurrency);
  const uploads = createLimit(input.concurrency);
  // Everybody waits for the first control plane, so it waits for nobody.
  const placeOf = (host: string) => (host === input.first ? "first" : "in order");
  const inTurn =
    (limit: Limit, host: string): Limit =>
    (task) =>
      limit(task, placeOf(host));
  const lanes = new Map<string, LaneQueue>();
  const turns = createTurns([input.first, ...(input.ahead ?? [])].filter((host) => hosts.includes(host)));
  const stagings = new Map(
    hosts.map((host) => [host, createStaging(host, { ...input, limit: inTurn(uploads, host), after: turns.of(host) })]),
  );
  const staging = (host: string): Staging => {
    const found = stagings.get(host);
    if (!found) throw new Error(`no unit runs on ${host}`);
    return found;
  };
  const lane = (host: string, name: Lane): LaneQueue => {
    const key = `${host}/${name}`;
    const found = lanes.get(key) ?? createLane(host, name, { ...input, limit: (task) => messages(host, task, placeOf(host)) });
    lanes.set(key, found);
    return found;
  };
  const seen = new Map<string, EarlyLook>();
  const bench: Bench<Context> = { input, lane, staging, seen };
  const lost = new Set<string>();
  const failures: Failure[] = [];
  const unitsOf = Map.groupBy(units, (unit) => unit.host);
  const look = async (host: string): Promise<void> => {
    try {
      await inTurn(looks, host)(() => looksEarly(unitsOf.get(host) ?? [], bench, seen));
    } catch (error) {
      // A run that is told to stop says nothing against the hosts that it was looking at.
      if (input.signal.aborted) return;
      lost.add(host);
      const phase = unitsOf.get(host)?.[0]?.phase.id ?? "";
      const told = asUserError(error, host);
      failures.push({ phase, host, error: told });
      input.bus.emit({ type: "host-failed", host, error: toEventError(told) });
      input.onLost?.(host);
    } finally {
      void staging(host)
        .idle()
        .then(() => turns.over(host));
    }
  };
  try {
    return await schedule({ units, unitsOf, look, lost, failures }, bench);
  } finally {
    for (const { stop } of stagings.values()) stop();
  }
};

const behindFailure = "an earlier step failed on this host";

const announce = <Context>({ phases, context, bus, first }: RunInput<Context>): void => {
  for (const { id, title, hosts, needs = [] } of phases)
    bus.emit({ type: "phase-planned", phase: id, title, hosts: hosts(context), needs, first });
};

interface Work<Context> {
  readonly units: readonly Unit<Context>[];
  readonly unitsOf: ReadonlyMap<string, readonly Unit<Context>[]>;
  /** Comes before all units of its host. */
  readonly look: (host: string) => Promise<void>;
  readonly lost: Set<string>;
  readonly failures: Failure[];
}

const schedule = async <Context>({ units, unitsOf, look, lost, failures }: Work<Context>, bench: Bench<Context>): Promise<RunResult> => {
  const { bus, signal, onLost } = bench.input;
  const outcomes = new Map<string, UnitOutcome>();
  const queued = new Set<string>();
  const waiting = new Set(units);
  const behind = dependents(units);
  const looked = new Set<string>();
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
      pump(behind(unit));
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

  /** What an end may have set free. A host that is lost takes all its units with it, a cancelled run everything. */
  const freedBy = (unit: Unit<Context>): readonly Unit<Context>[] => {
    if (signal.aborted) return [...waiting];
    return lost.has(unit.host) ? [...(unitsOf.get(unit.host) ?? []), ...behind(unit)] : behind(unit);
  };

  /** Starts or ends those of the units for which it is time: only what something has happened to is looked at, so a fleet costs what its hosts cost. */
  const pump = (touched: readonly Unit<Context>[]): void => {
    const queue = [...touched];
    for (const unit of queue) {
      if (!waiting.has(unit) || (!looked.has(unit.host) && !signal.aborted)) continue;
      const ready = signal.aborted ? ("cancelled" as const) : readiness(unit, outcomes, queued, lost);
      if (ready === "wait") continue;
      waiting.delete(unit);
      if (ready === "start") {
        running++;
        void start(unit).finally(() => {
          running--;
          pump(freedBy(unit));
        });
      } else {
        end(unit, ready === "cancelled" ? "cancelled" : "skipped", Date.now(), 0, ready === "cancelled" ? {} : { reason: ready.skip });
        queue.push(...freedBy(unit));
      }
    }
    if (running === 0) done.resolve();
  };

  for (const [host, own] of unitsOf) {
    running++;
    void look(host).finally(() => {
      running--;
      looked.add(host);
      pump(signal.aborted ? [...waiting] : own);
    });
  }
  if (unitsOf.size === 0) done.resolve();
  await done.promise;
  return { outcomes, changed, failures };
};

/** Anything thrown that is not meant for a user is a bug, and says so without hiding where it happened. */
export const asUserError = (thrown: unknown, host: string): UserError => {
  if (thrown instanceof UserError) return thrown;
  const message = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  return new UserError(message.split("\n")[0] ?? message, { exit: "bug", host, output: message, cause: thrown });
};

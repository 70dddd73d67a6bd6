import { type Change, changeId, type HostChange, type ObjectChange } from "../changes/change.ts";
import { KnownAfter } from "../changes/phase.ts";
import { UserError } from "../shared/errors.ts";
import { hostChanges, type RunInput } from "./bench.ts";
import { planUnits, type Unit } from "./graph.ts";
import { createLimit, type Limit } from "./limit.ts";
import { type Checked, type Prediction, predict } from "./predict.ts";
import { asUserError, type Failure } from "./run.ts";

/** A change and what was found where it is wished. */
export interface Seen {
  /** Id of the change, or what an act calls it. */
  readonly change: string;
  readonly kind: Change["kind"] | "act";
  /** What differs; empty when it is as wished. */
  readonly differs: string;
  /** It is as wished until others of its host change: what they are. */
  readonly consequence?: string;
  /** Absent for what an act does. */
  readonly wish?: Change;
}

/** One unit of the graph as the check reading has found it. */
export interface ForeseenUnit<Context> {
  readonly unit: Unit<Context>;
  readonly seen: readonly Seen[];
  /** What its act would wait for. */
  readonly waits: readonly string[];
  /** Title of the phase that must be over before more can be said; absent when all is said. */
  readonly knownAfter?: string;
}

export interface Foreseen<Context> {
  readonly units: readonly ForeseenUnit<Context>[];
  /** What the changes bring about, by host. */
  readonly predictions: ReadonlyMap<string, Prediction>;
  /** What could not be compared; told to nobody yet. */
  readonly failures: readonly Failure[];
}

export type ForeseeInput<Context> = Omit<RunInput<Context>, "onLost">;

/** A unit before anybody was asked. */
interface Draft<Context> {
  readonly unit: Unit<Context>;
  readonly changes: readonly Change[];
  readonly acts: readonly Seen[];
  readonly waits: readonly string[];
  readonly knownAfter?: string;
}

/**
 * The check reading of a list of phases: what an apply of them would change. It walks the graph in the list's order, in which everything stands
 * behind what it needs. Since nothing is made, no wish waits for another's host: each host gets one check message with all changes, which takes
 * no lock and writes nothing. Acts only foresee. What cannot be known yet is told as that.
 */
export const foreseePhases = async <Context>(input: ForeseeInput<Context>): Promise<Foreseen<Context>> => {
  const units = planUnits(input.phases, input.context, input.first);
  const failures: Failure[] = [];
  const drafts = await draftAll(units, input, failures);
  const found = new Map<Change, string>();
  const hosts = [...new Set(units.map(({ host }) => host))];
  const limit = createLimit(input.concurrency);
  input.bus.emit({ type: "phase-planned", phase: comparing, title: "Compare with the configuration", hosts });
  const objects = drafts.flatMap(({ changes }) => changes.filter((change) => change.kind === "object"));
  await Promise.all([
    compareObjects(objects, input, found, failures),
    ...hosts.map((host) => compareHost(host, hostChangesOf(drafts, host), input, limit, found, failures)),
  ]);
  const predictions = new Map(hosts.map((host) => [host, predict(checkedOf(hostChangesOf(drafts, host), found))]));
  return { units: drafts.map((draft) => toForeseen(draft, found, predictions.get(draft.unit.host))), predictions, failures };
};

/** What stands for the differences of an object while there is no API. */
export const notCompared = "to be compared once there is an API";

/** Id of the one phase by which a check reading is told. */
const comparing = "compare";

const draftAll = async <Context>(
  units: readonly Unit<Context>[],
  input: ForeseeInput<Context>,
  failures: Failure[],
): Promise<Draft<Context>[]> => {
  const drafts: Draft<Context>[] = [];
  for (const phase of input.phases) {
    const own = units.filter((unit) => unit.phase === phase);
    drafts.push(...(await Promise.all(own.map((unit) => draft(unit, input, failures)))));
  }
  return drafts;
};

const draft = async <Context>(unit: Unit<Context>, input: ForeseeInput<Context>, failures: Failure[]): Promise<Draft<Context>> => {
  const { phase, host } = unit;
  const { context, signal, bus } = input;
  const warn = (text: string): void => bus.emit({ type: "warning", host, text });
  try {
    // Copies, since what is found is noted by change: a phase may wish one and the same of all its hosts.
    const changes = (phase.wish?.(context, host) ?? []).map((change) => ({ ...change }));
    const foresight = await phase.foresee?.(context, host, { signal, warn });
    const acts = foresight?.changes.map(({ change, why }): Seen => ({ change, kind: "act", differs: why })) ?? [];
    return { unit, changes, acts, waits: foresight?.waits ?? [] };
  } catch (error) {
    signal.throwIfAborted();
    const empty = { unit, changes: [], acts: [], waits: [] };
    if (error instanceof KnownAfter) return { ...empty, knownAfter: titleOf(error.phase, input) };
    failures.push({ phase: phase.id, host, error: asUserError(error, host) });
    return empty;
  }
};

const titleOf = <Context>(id: string, { phases }: ForeseeInput<Context>): string => phases.find((phase) => phase.id === id)?.title ?? id;

const hostChangesOf = <Context>(drafts: readonly Draft<Context>[], host: string): readonly HostChange[] =>
  drafts.filter(({ unit }) => unit.host === host).flatMap(({ changes }) => hostChanges(changes));

const compareHost = async <Context>(
  host: string,
  changes: readonly HostChange[],
  input: ForeseeInput<Context>,
  limit: Limit,
  found: Map<Change, string>,
  failures: Failure[],
): Promise<void> => {
  const { bus, doors, ticket, signal } = input;
  const began = Date.now();
  const names = { phase: comparing, host };
  bus.emit({ type: "unit-started", ...names });
  const end = (state: "done" | "failed"): void => bus.emit({ type: "unit-ended", ...names, state, changed: 0, took: Date.now() - began });
  try {
    if (changes.length > 0) {
      const { records } = await limit(() => doors.host(host).send({ kind: "change", reading: "check", ticket, changes }, { signal }));
      for (const { index, output } of records) {
        const change = changes[index];
        if (change) found.set(change, output.toString());
      }
    }
    end("done");
  } catch (error) {
    signal.throwIfAborted();
    failures.push({ ...names, error: asUserError(error, host) });
    end("failed");
  }
};

/** Without an API there is nothing to compare with yet; its phase has said so. */
const compareObjects = async <Context>(
  objects: readonly ObjectChange[],
  input: ForeseeInput<Context>,
  found: Map<Change, string>,
  failures: Failure[],
): Promise<void> => {
  if (objects.length === 0) return;
  try {
    const records = await input.doors.applyObjects(objects, input.signal, "check");
    for (const [index, { state, detail }] of records.entries()) {
      const object = objects[index];
      if (!object) continue;
      if (state === "failed") throw new UserError(`${changeId(object)} could not be compared`, { exit: "phase", output: detail });
      found.set(object, state === "same" ? "" : detail || state);
    }
  } catch (error) {
    input.signal.throwIfAborted();
    if (error instanceof KnownAfter) return;
    failures.push({ phase: comparing, host: input.first, error: asUserError(error, input.first) });
  }
};

const checkedOf = (changes: readonly HostChange[], found: ReadonlyMap<Change, string>): readonly Checked[] =>
  changes.flatMap((change) => {
    const differs = found.get(change);
    return differs === undefined ? [] : [{ change, differs }];
  });

const toForeseen = <Context>(
  { unit, changes, acts, waits, knownAfter }: Draft<Context>,
  found: ReadonlyMap<Change, string>,
  prediction: Prediction | undefined,
): ForeseenUnit<Context> => {
  const seen = changes.flatMap((change): Seen[] => {
    const id = changeId(change);
    const differs = found.get(change) ?? (change.kind === "object" ? notCompared : undefined);
    if (differs === undefined) return [];
    const consequence = prediction?.consequences.get(id);
    return [{ change: id, kind: change.kind, differs, wish: change, ...(consequence !== undefined && { consequence }) }];
  });
  return { unit, seen: [...seen, ...acts], waits, ...(knownAfter !== undefined && { knownAfter }) };
};

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

/** A unit while it is looked at. */
interface Draft<Context> {
  readonly unit: Unit<Context>;
  /** Absent until all that its wish asks for has been told, and for good where it cannot be told by a look. */
  changes?: readonly Change[];
  acts: readonly Seen[];
  waits: readonly string[];
  /** Title of the phase that would tell what is missing. */
  knownAfter?: string;
}

/**
 * The check reading of a list of phases: what an apply of them would change. Since nothing is made, a wish waits only for what is told, never for
 * a host; acts only foresee, in the list's order, in which everything stands behind what it needs. Once all wishes are known each host gets one
 * check message with all changes, which takes no lock and writes nothing. What cannot be known yet is told as that.
 */
export const foreseePhases = async <Context>(input: ForeseeInput<Context>): Promise<Foreseen<Context>> => {
  const drafts = planUnits(input.phases, input.context, input.first).map((unit): Draft<Context> => ({ unit, acts: [], waits: [] }));
  const hosts = Map.groupBy(drafts, ({ unit }) => unit.host);
  const look: Look<Context> = { input, drafts, hosts, found: new Map(), failures: [] };
  let compared: Promise<unknown> | undefined;
  const compareIf = (isTime: (isKnown: boolean) => boolean): void => {
    for (const draft of drafts) wish(draft, look);
    if (compared || !isTime(drafts.every(({ changes }) => changes !== undefined))) return;
    compared = compareAll(look);
    // Whoever looks on meanwhile meets the same end, and tells it.
    compared.catch(() => undefined);
  };
  compareIf((isKnown) => isKnown);
  for (const phase of input.phases.filter(({ foresee }) => foresee !== undefined)) {
    await Promise.all(drafts.filter(({ unit }) => unit.phase === phase).map((draft) => foreseeAct(draft, look)));
    compareIf((isKnown) => isKnown);
  }
  compareIf(() => true);
  await compared;
  const { found, failures } = look;
  const predictions = new Map([...hosts].map(([host, own]) => [host, predict(checkedOf(hostChangesOf(own), found))]));
  return { units: drafts.map((draft) => toForeseen(draft, found, predictions.get(draft.unit.host))), predictions, failures };
};

/** What the steps of one check reading share. */
interface Look<Context> {
  readonly input: ForeseeInput<Context>;
  readonly drafts: readonly Draft<Context>[];
  readonly hosts: ReadonlyMap<string, readonly Draft<Context>[]>;
  /** What differs, by change; empty when it is as wished. */
  readonly found: Map<Change, string>;
  readonly failures: Failure[];
}

/** What stands for the differences of an object while there is no API. */
export const notCompared = "to be compared once there is an API";

/** Id of the one phase by which a check reading is told. */
const comparing = "compare";

/** Asks a unit for its wish, unless it has told it. */
const wish = <Context>(draft: Draft<Context>, { input, failures }: Look<Context>): void => {
  const { phase, host } = draft.unit;
  if (draft.changes !== undefined) return;
  try {
    // Copies, since what is found is noted by change: a phase may wish one and the same of all its hosts.
    draft.changes = (phase.wish?.(input.context, host) ?? []).map((change) => ({ ...change }));
    if (phase.wish) delete draft.knownAfter;
  } catch (error) {
    if (error instanceof KnownAfter) draft.knownAfter = titleOf(error.phase, input);
    else {
      draft.changes = [];
      failures.push({ phase: phase.id, host, error: asUserError(error, host) });
    }
  }
};

const foreseeAct = async <Context>(draft: Draft<Context>, { input, failures }: Look<Context>): Promise<void> => {
  const { phase, host } = draft.unit;
  const { context, signal, bus } = input;
  const warn = (text: string): void => bus.emit({ type: "warning", host, text });
  try {
    const { changes = [], waits = [] } = (await phase.foresee?.(context, host, { signal, warn })) ?? {};
    draft.acts = changes.map(({ change, why }) => ({ change, kind: "act", differs: why }));
    draft.waits = waits;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof KnownAfter) draft.knownAfter = titleOf(error.phase, input);
    else failures.push({ phase: phase.id, host, error: asUserError(error, host) });
  }
};

const compareAll = async <Context>(look: Look<Context>): Promise<void> => {
  const { input, drafts, hosts } = look;
  const limit = createLimit(input.concurrency);
  input.bus.emit({ type: "phase-planned", phase: comparing, title: "Compare with the configuration", hosts: [...hosts.keys()] });
  const objects = drafts.flatMap(({ changes = [] }) => changes.filter((change) => change.kind === "object"));
  await Promise.all([
    compareObjects(objects, look),
    ...[...hosts].map(([host, own]) => compareHost(host, hostChangesOf(own), look, limit)),
  ]);
};

const titleOf = <Context>(id: string, { phases }: ForeseeInput<Context>): string => phases.find((phase) => phase.id === id)?.title ?? id;

const hostChangesOf = <Context>(drafts: readonly Draft<Context>[]): readonly HostChange[] =>
  drafts.flatMap(({ changes = [] }) => hostChanges(changes));

const compareHost = async <Context>(
  host: string,
  changes: readonly HostChange[],
  { input, found, failures }: Look<Context>,
  limit: Limit,
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
const compareObjects = async <Context>(objects: readonly ObjectChange[], { input, found, failures }: Look<Context>): Promise<void> => {
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
  { unit, changes = [], acts, waits, knownAfter }: Draft<Context>,
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

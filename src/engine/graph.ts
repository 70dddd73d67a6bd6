import type { Lane } from "../changes/message.ts";
import type { Phase } from "../changes/phase.ts";

/** One phase on one host: the unit of scheduling. */
export interface Unit<Context> {
  readonly key: string;
  readonly phase: Phase<Context>;
  readonly host: string;
  /** Keys of units which must be done. */
  readonly needsDone: readonly string[];
  /** Those of them whose changes need only stand before this unit's own: they are in the same queue, which keeps their order. */
  readonly needsQueued: ReadonlySet<string>;
  /** Keys of units which must have ended, one way or another: a failed host does not hold up the others. */
  readonly needsEnded: readonly string[];
}

export type UnitOutcome = "done" | "failed" | "skipped" | "cancelled";

const unitKey = (phase: string, host: string): string => `${phase}@${host}`;

/**
 * Every unit of a list of phases, in the list's order.
 * @param first the host that "first" means: the first control plane.
 * @throws Error when a phase needs one that is not before it in the list: a bug, since it could never start.
 */
export const planUnits = <Context>(phases: readonly Phase<Context>[], context: Context, first: string): Unit<Context>[] => {
  const earlier = new Map<string, Placed<Context>>();
  return phases.flatMap((phase) => {
    const hosts = phase.hosts(context);
    const units = hosts.map((host) => toUnit(phase, host, first, earlier));
    earlier.set(phase.id, { phase, hosts: new Set(hosts) });
    return units;
  });
};

interface Placed<Context> {
  readonly phase: Phase<Context>;
  readonly hosts: ReadonlySet<string>;
}

const laneOf = <Context>({ lane = "main" }: Phase<Context>): Lane => lane;

/** An act teaches, or waits: who needs it needs its end. */
const onlyWishes = <Context>({ wish, act }: Phase<Context>): boolean => wish !== undefined && act === undefined;

const toUnit = <Context>(
  phase: Phase<Context>,
  host: string,
  first: string,
  earlier: ReadonlyMap<string, Placed<Context>>,
): Unit<Context> => {
  const needsDone: string[] = [];
  const needsEnded: string[] = [];
  const needsQueued = new Set<string>();
  for (const need of phase.needs ?? []) {
    const placed = earlier.get(need.phase);
    const hosts = placed?.hosts;
    if (!hosts) throw new Error(`phase ${phase.id} needs ${need.phase}, which is not before it`);
    if (need.on === "everywhere") for (const other of hosts) needsEnded.push(unitKey(need.phase, other));
    else {
      const wanted = need.on === "here" ? host : first;
      if (!hosts.has(wanted)) continue;
      needsDone.push(unitKey(need.phase, wanted));
      const follows = onlyWishes(phase) && onlyWishes(placed.phase) && laneOf(phase) === laneOf(placed.phase);
      if (follows && need.on === "here") needsQueued.add(unitKey(need.phase, wanted));
    }
  }
  return { key: unitKey(phase.id, host), phase, host, needsDone, needsQueued, needsEnded };
};

/** For each unit, those that need it in one way or another, in the list's order. */
export const dependents = <Context>(units: readonly Unit<Context>[]): ((unit: Unit<Context>) => readonly Unit<Context>[]) => {
  const behind = new Map<string, Unit<Context>[]>();
  for (const unit of units) {
    for (const key of new Set([...unit.needsDone, ...unit.needsEnded])) {
      const known = behind.get(key);
      if (known) known.push(unit);
      else behind.set(key, [unit]);
    }
  }
  return ({ key }) => behind.get(key) ?? [];
};

/** What a unit may do, given how others ended: start, wait, or be skipped because something it needs will never be done. */
export const readiness = <Context>(
  unit: Unit<Context>,
  outcomes: ReadonlyMap<string, UnitOutcome>,
  queued: ReadonlySet<string>,
  lostHosts: ReadonlySet<string>,
): "start" | "wait" | { readonly skip: string } => {
  if (lostHosts.has(unit.host)) return { skip: "an earlier step failed on this host" };
  const broken = unit.needsDone.find((key) => outcomes.has(key) && outcomes.get(key) !== "done");
  if (broken !== undefined) return { skip: `it needs ${broken.replace("@", " on ")}, which was not done` };
  const isMet = (key: string): boolean => outcomes.get(key) === "done" || (unit.needsQueued.has(key) && queued.has(key));
  // From the back: hosts end more or less in their order, so what is still open is found soonest there.
  const isOpen = (key: string): boolean => !outcomes.has(key);
  const met = unit.needsDone.every(isMet) && unit.needsEnded.findLast(isOpen) === undefined;
  return met ? "start" : "wait";
};

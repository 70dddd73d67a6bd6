import type { Phase } from "../changes/phase.ts";

/** One phase on one host: the unit of scheduling. */
export interface Unit<Context> {
  readonly key: string;
  readonly phase: Phase<Context>;
  readonly host: string;
  /** Keys of units which must be done. */
  readonly needsDone: readonly string[];
  /** Keys of units which must have ended, one way or another: a failed host does not hold up the others. */
  readonly needsEnded: readonly string[];
}

export type UnitOutcome = "done" | "failed" | "skipped" | "cancelled";

export const unitKey = (phase: string, host: string): string => `${phase}@${host}`;

/**
 * Every unit of a list of phases, in the list's order.
 * @param first the host that "first" means: the first control plane.
 * @throws Error when a phase needs one that is not before it in the list: a bug, since it could never start.
 */
export const planUnits = <Context>(phases: readonly Phase<Context>[], context: Context, first: string): Unit<Context>[] => {
  const hostsOf = new Map<string, readonly string[]>();
  return phases.flatMap((phase) => {
    const hosts = phase.hosts(context);
    const units = hosts.map((host) => toUnit(phase, host, first, hostsOf));
    hostsOf.set(phase.id, hosts);
    return units;
  });
};

const toUnit = <Context>(
  phase: Phase<Context>,
  host: string,
  first: string,
  hostsOf: ReadonlyMap<string, readonly string[]>,
): Unit<Context> => {
  const needsDone: string[] = [];
  const needsEnded: string[] = [];
  for (const need of phase.needs ?? []) {
    const hosts = hostsOf.get(need.phase);
    if (!hosts) throw new Error(`phase ${phase.id} needs ${need.phase}, which is not before it`);
    if (need.on === "everywhere") needsEnded.push(...hosts.map((other) => unitKey(need.phase, other)));
    else {
      const wanted = need.on === "here" ? host : first;
      if (hosts.includes(wanted)) needsDone.push(unitKey(need.phase, wanted));
    }
  }
  return { key: unitKey(phase.id, host), phase, host, needsDone, needsEnded };
};

/** What a unit may do, given how others ended: start, wait, or be skipped because something it needs will never be done. */
export const readiness = <Context>(
  unit: Unit<Context>,
  outcomes: ReadonlyMap<string, UnitOutcome>,
  lostHosts: ReadonlySet<string>,
): "start" | "wait" | { readonly skip: string } => {
  if (lostHosts.has(unit.host)) return { skip: "an earlier step failed on this host" };
  const broken = unit.needsDone.find((key) => outcomes.has(key) && outcomes.get(key) !== "done");
  if (broken !== undefined) return { skip: `it needs ${broken.replace("@", " on ")}, which was not done` };
  const met = unit.needsDone.every((key) => outcomes.get(key) === "done") && unit.needsEnded.every((key) => outcomes.has(key));
  return met ? "start" : "wait";
};

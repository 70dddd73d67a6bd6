import type { RunEvent, TimedEvent } from "../../src/engine/events.ts";

/** An event, whoever has told it. */
export type TraceEvent = RunEvent;

/** What the events of one run say of it, in the order in which they came. */
export interface Trace {
  readonly sink: (event: TimedEvent) => void;
  readonly events: readonly TimedEvent[];
}

export const traceRun = (): Trace => {
  const events: TimedEvent[] = [];
  return { events, sink: (event) => events.push(event) };
};

interface PlannedUnit {
  readonly phase: string;
  readonly host: string;
  /** Units that must be done before it is. */
  readonly needs: readonly string[];
  /** Units that must have ended. */
  readonly after: readonly string[];
}

/** Every unit that the phases of a run announced, by its key, with what it waits for. */
const plannedUnits = (events: readonly TraceEvent[]): ReadonlyMap<string, PlannedUnit> => {
  const phases = new Map(events.flatMap((event) => (event.type === "phase-planned" ? [[event.phase, event] as const] : [])));
  const units = new Map<string, PlannedUnit>();
  for (const { phase, hosts, needs = [], first = "" } of phases.values()) {
    for (const host of hosts) {
      const on = (need: (typeof needs)[number]): string => `${need.phase}@${need.on === "here" ? host : first}`;
      const here = needs.filter((need) => need.on !== "everywhere").map(on);
      const after = needs
        .filter((need) => need.on === "everywhere")
        .flatMap((need) => (phases.get(need.phase)?.hosts ?? []).map((other) => `${need.phase}@${other}`));
      units.set(`${phase}@${host}`, { phase, host, needs: here, after });
    }
  }
  // A need of a phase that does not run there is none.
  for (const [key, unit] of units) units.set(key, { ...unit, needs: unit.needs.filter((need) => units.has(need)) });
  return units;
};

/** What is wrong with the order of a run, a sentence each: nothing, if kbs keeps its promises. */
export const judgeOrder = (events: readonly TraceEvent[]): readonly string[] => {
  const planned = plannedUnits(events);
  const ends = new Map<string, { readonly at: number; readonly state: string }>();
  const lost = new Map<string, number>();
  const wrong: string[] = [];
  for (const [at, event] of events.entries()) {
    if (event.type === "host-failed") lost.set(event.host, at);
    if (event.type === "unit-started" && lost.has(event.host)) wrong.push(`${event.phase} began on ${event.host}, which was lost`);
    if (event.type !== "unit-ended") continue;
    const key = `${event.phase}@${event.host}`;
    if (ends.has(key)) wrong.push(`${key} ended twice`);
    ends.set(key, { at, state: event.state });
    if (event.state === "failed") lost.set(event.host, at);
    const unit = planned.get(key);
    if (!unit) wrong.push(`${key} ended, but was not planned`);
    if (event.state !== "done") continue;
    for (const need of unit?.needs ?? []) if (ends.get(need)?.state !== "done") wrong.push(`${key} was done before ${need}`);
    for (const other of unit?.after ?? []) if (!ends.has(other)) wrong.push(`${key} was done before ${other} had ended`);
  }
  for (const key of planned.keys()) if (!ends.has(key)) wrong.push(`${key} never ended`);
  return wrong;
};

/** How a run ended on a host: the states in which its units did. */
export const endStates = (events: readonly TraceEvent[], host: string): ReadonlySet<string> =>
  new Set(events.flatMap((event) => (event.type === "unit-ended" && event.host === host ? [event.state] : [])));

/** Hosts on which something failed. */
export const failedHosts = (events: readonly TraceEvent[]): ReadonlySet<string> =>
  new Set(
    events.flatMap((event) =>
      event.type === "host-failed" || (event.type === "unit-ended" && event.state === "failed") ? [event.host] : [],
    ),
  );

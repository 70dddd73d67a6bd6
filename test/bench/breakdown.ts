import type { TimedEvent } from "../../src/engine/events.ts";

// Where the time of a run goes: from its end backwards, each stretch belongs to the step that was waited for.

/** One step of the way that decided about the length of a run. Times are milliseconds since the start of the process. */
export interface Stretch {
  readonly step: string;
  readonly from: number;
  readonly to: number;
}

interface Unit {
  readonly phase: string;
  readonly host: string;
  readonly from: number;
  readonly to: number;
}

type Needs = ReadonlyMap<string, readonly { readonly phase: string; readonly on: "here" | "everywhere" | "first" }[]>;

const unitsOf = (events: readonly TimedEvent[], started: number): Unit[] => {
  const began = new Map<string, number>();
  const units: Unit[] = [];
  for (const event of events) {
    const at = event.time - started;
    if (event.type === "unit-started") began.set(`${event.phase}@${event.host}`, at);
    if (event.type === "unit-ended" && event.state === "done")
      units.push({ phase: event.phase, host: event.host, from: began.get(`${event.phase}@${event.host}`) ?? at, to: at });
  }
  return units;
};

/** Steps that precede every phase of the graph, in their order. */
const first = ["connect", "gather-facts"];

/** The unit that ended last of those that a unit had to wait for; undefined for those that need nothing. */
const waitedFor = (unit: Unit, units: readonly Unit[], needs: Needs, firstHost: string): Unit | undefined => {
  const wanted = needs.get(unit.phase) ?? [];
  const before = units.filter((other) =>
    wanted.some(
      ({ phase, on }) => phase === other.phase && (on === "everywhere" || other.host === (on === "here" ? unit.host : firstHost)),
    ),
  );
  const ordered = before.toSorted((left, right) => left.to - right.to);
  return ordered.at(-1);
};

/**
 * The stretches of a run up to the moment at which its cluster was ready, from the first to the last.
 * @param needs of each phase, by its id.
 */
export const decisivePath = (
  events: readonly TimedEvent[],
  { started, ready }: { readonly started: number; readonly ready: number },
  needs: Needs,
  firstHost: string,
): Stretch[] => {
  const units = unitsOf(events, started);
  const path: Stretch[] = [];
  let unit = units.filter(({ phase }) => phase === "wait-ready").at(-1);
  let end = ready;
  while (unit) {
    const before = waitedFor(unit, units, needs, firstHost);
    // What stands in a queue behind what it needs may have been begun before that was done.
    const from = Math.min(end, before ? before.to : unit.from);
    path.unshift({ step: `${unit.phase} on ${unit.host}`, from, to: end });
    end = from;
    unit = before;
  }
  const surveyed = first.map((phase) => Math.max(0, ...units.filter((each) => each.phase === phase).map(({ to }) => to)));
  const marks = [0, ...surveyed, end];
  const words = ["start and connect", "gather facts", "preflight, leases, comparison"];
  return [...words.map((step, index) => ({ step, from: marks[index] ?? 0, to: marks[index + 1] ?? 0 })), ...path];
};

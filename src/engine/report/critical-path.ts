import type { Need } from "../../changes/phase.ts";

/** A phase on a host and the time it took, in milliseconds. */
export interface Step {
  readonly phase: string;
  readonly host: string;
  readonly from: number;
  readonly to: number;
  /** Which time it was that the run went through its phases; 1 when not told. */
  readonly round?: number;
}

/** What decides when a step may start: for each phase its needs, and which host "first" means. */
export interface Order {
  readonly needs: ReadonlyMap<string, readonly Need[]>;
  readonly first: string;
  /** Phases that precede the graph, in their order. */
  readonly survey: readonly string[];
}

/** A part of the time of a run, and what it was spent on. */
export interface Stretch {
  /** Id of a phase, or a few words. */
  readonly step: string;
  /** Absent for what was done on all hosts at once. */
  readonly host?: string;
  readonly from: number;
  readonly to: number;
}

/** What is done before the survey, between it and the first phase, and where a run goes through its phases more than once. */
export const gaps = {
  start: "Start, read the configuration",
  preparation: "Preflight, leases, first comparison",
  rounds: "Look at the cluster between two rounds",
} as const;

const latest = (steps: readonly Step[]): Step | undefined =>
  steps.reduce<Step | undefined>((last, step) => (last === undefined || step.to >= last.to ? step : last), undefined);

/** The step that ended last of those that one had to wait for; undefined for those that need nothing. A later round has no say in it. */
const waitedFor = (step: Step, steps: readonly Step[], { needs, first }: Order): Step | undefined => {
  const wanted = needs.get(step.phase) ?? [];
  const isWanted = (other: Step): boolean =>
    other.to <= step.to &&
    wanted.some(({ phase, on }) => phase === other.phase && (on === "everywhere" || other.host === (on === "here" ? step.host : first)));
  return latest(steps.filter(isWanted));
};

const roundOf = ({ round = 1 }: Step): number => round;

/** The last step of the round before, where a run goes through its phases more than once. */
const roundBefore = (step: Step, steps: readonly Step[], { survey }: Order): Step | undefined =>
  latest(steps.filter((other) => roundOf(other) < roundOf(step) && !survey.includes(other.phase) && other.to <= step.from));

/** From the last step backwards: each stretch belongs to the step that was waited for. */
const wayTo = (last: Step | undefined, steps: readonly Step[], order: Order, end: number): Stretch[] => {
  const way: Stretch[] = [];
  const walked = new Set<Step>(); // needs that go in a circle are nonsense, but must not be followed for ever
  let step = last;
  let to = end;
  const add = (stretch: Stretch): void => {
    way.unshift(stretch);
    to = stretch.from;
  };
  while (step && !walked.has(step)) {
    walked.add(step);
    let before = waitedFor(step, steps, order);
    // What stands in a queue behind what it needs may have been begun before that was done.
    add({ step: step.phase, host: step.host, from: Math.min(to, before ? before.to : step.from), to });
    if (before === undefined) {
      before = roundBefore(step, steps, order);
      if (before !== undefined) add({ step: gaps.rounds, from: before.to, to });
    }
    step = before;
  }
  return way;
};

/**
 * What decided how long a run took: stretches of time without gaps, from 0 to `end`.
 * @param last the step that is waited for at the end; undefined when a run did not get as far as its first phase
 * @param end until when it counts
 */
export const criticalPath = (steps: readonly Step[], order: Order, last: Step | undefined, end: number): readonly Stretch[] => {
  const way = wayTo(last, steps, order, end);
  const prepared = way[0]?.from ?? end;
  const begun = steps.reduce((earliest, { from }) => Math.min(earliest, from), prepared);
  const surveyed = order.survey.map((phase) => [phase, latest(steps.filter((step) => step.phase === phase))?.to ?? 0] as const);
  let at = 0;
  const survey = [[gaps.start, begun] as const, ...surveyed, [gaps.preparation, prepared] as const].map(([step, until]): Stretch => {
    const from = at;
    at = Math.max(from, Math.min(prepared, until));
    return { step, from, to: at };
  });
  return [...survey, ...way];
};

import { parseArgs } from "node:util";
import { boundaryOf } from "./boundary.ts";
import { type Case, casesFor, sampleOf, shardOf } from "./cases.ts";
import { type FaultName, faults, isFault } from "./faults.ts";
import type { Reference } from "./reference.ts";
import { type Scenario, scenarioOf, scenarios } from "./scenarios.ts";

export const help = `Disturbs kbs at the boundaries of its work, runs the same command again, and compares what is left with an undisturbed run.

npm run faults -- [options]
  --scenario NAME  ${scenarios.map(({ name }) => name).join(", ")}; may be given again. All when not told
  --fault NAME     ${Object.keys(faults).join(", ")}; when not told: one of the kills at each boundary
  --at BOUNDARY    only there, such as 'h1:done service:kubelet.service'; given again: each run is cut at the first
                   of them that it meets and none before it was
  --forget         with --at: what kbs keeps on the operator's machine is lost before the rerun; else it is in half of the cases
  --sample N       so many boundaries of each scenario, each kind first
  --series N       N cases in all: each is a run that is cut again and again, at every Nth of the boundaries
  --shard I/N      the I-th of N parts of the cases
  --resume         leave out cases that have converged before; of a series, boundaries at which a run was cut that has
  --minutes N      begin no case after N minutes
  --seed N         draws order, kills and losses; 1 when not told
  --list           show boundaries or cases, and run nothing that disturbs
  --report         write the figures of all results into docs/reliability.md
`;

export interface Options {
  readonly scenarios: readonly Scenario[];
  readonly fault: FaultName | undefined;
  readonly at: readonly string[];
  readonly forget: boolean;
  readonly sample: number;
  readonly series: number;
  readonly shard: readonly [nth: number, count: number];
  readonly resume: boolean;
  /** Milliseconds. */
  readonly within: number;
  readonly seed: number;
  readonly list: boolean;
  readonly report: boolean;
  readonly help: boolean;
}

const whole = (name: string, text: string, least: number): number => {
  if (!/^\d+$/.test(text) || Number(text) < least) throw new Error(`--${name} ${text}: a whole number from ${least} on`);
  return Number(text);
};

const shardIn = (text: string): readonly [number, number] => {
  const [, nth, count] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  if (nth === undefined || count === undefined || Number(nth) < 1 || Number(nth) > Number(count))
    throw new Error(`--shard ${text}: I/N, such as 1/4 for the first of four parts`);
  return [Number(nth), Number(count)];
};

/** @throws Error, a sentence, for what is no such option */
export const readOptions = (args: readonly string[]): Options => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      scenario: { type: "string", multiple: true },
      fault: { type: "string" },
      at: { type: "string", multiple: true, default: [] },
      forget: { type: "boolean", default: false },
      sample: { type: "string", default: "1000000" },
      series: { type: "string", default: "0" },
      shard: { type: "string", default: "1/1" },
      resume: { type: "boolean", default: false },
      minutes: { type: "string", default: "100000" },
      seed: { type: "string", default: "1" },
      list: { type: "boolean", default: false },
      report: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const { fault } = values;
  if (fault !== undefined && !isFault(fault)) throw new Error(`--fault ${fault}: one of ${Object.keys(faults).join(", ")}`);
  return {
    scenarios: values.scenario?.map(scenarioOf) ?? scenarios,
    fault,
    at: values.at,
    forget: values.forget,
    sample: whole("sample", values.sample, 1),
    series: whole("series", values.series, 0),
    shard: shardIn(values.shard),
    resume: values.resume,
    within: whole("minutes", values.minutes, 1) * 60_000,
    seed: whole("seed", values.seed, 0),
    list: values.list,
    report: values.report,
    help: values.help,
  };
};

/** The cases that were asked for. */
export const wishedCases = (
  scenario: Scenario,
  { boundaries }: Pick<Reference, "boundaries">,
  { at, fault, forget, seed, series, sample, shard }: Options,
): Case[] => {
  const wish = { scenario: scenario.name, seed, ...(fault && { fault }) };
  if (at.length > 0) {
    const [one] = casesFor(at.map(boundaryOf), { ...wish, series: 1 });
    return one ? [{ ...one, forgets: forget }] : [];
  }
  const single = sampleOf(casesFor(boundaries, { ...wish, series: 0 }), sample);
  if (series === 0) return shardOf(single, ...shard);
  const chosen = new Set(single.flatMap(({ at }) => at));
  return shardOf(
    casesFor(
      boundaries.filter((boundary) => chosen.has(boundary)),
      { ...wish, series },
    ),
    ...shard,
  );
};

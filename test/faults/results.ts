import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { type Case, keyOf } from "./cases.ts";
import type { Verdict } from "./perform-case.ts";

/** What became of a case. */
export interface Result {
  readonly key: string;
  readonly scenario: string;
  readonly fault: string;
  readonly outcome: Verdict["outcome"];
  readonly cuts: Verdict["cuts"];
  readonly troubles: readonly string[];
  readonly forgets: boolean;
  /** Of kbs, when it was run. */
  readonly sources: string;
  /** Seconds. */
  readonly took: number;
  readonly date: string;
}

export const resultOf = (one: Case, { outcome, cuts, troubles }: Verdict, sources: string, took: number): Result => {
  const { scenario, fault, forgets } = one;
  return { key: keyOf(one), scenario, fault, outcome, cuts, troubles, forgets, sources, took, date: new Date().toISOString() };
};

/** Adds a result to a file, a line of JSON: a bench that is killed keeps what it has. */
export const keep = (file: string, result: Result): void => {
  mkdirSync(dirname(file), { recursive: true });
  appendFileSync(file, `${JSON.stringify(result)}\n`);
};

/** The last result of each case in a file. A last line that was cut off does not count. */
export const resultsIn = (file: string): Map<string, Result> => {
  const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(0, -1) : [];
  return new Map(lines.map((line): Result => JSON.parse(line)).map((result) => [result.key, result]));
};

/** The names of the boundaries at which runs of a scenario were cut that have converged. */
export const cutIn = (results: ReadonlyMap<string, Result>, scenario: string, faults: readonly string[]): Set<string> =>
  new Set(
    [...results.values()]
      .filter((result) => result.scenario === scenario && faults.includes(result.fault) && result.outcome === "converged")
      .flatMap(({ cuts }) => cuts.map(([name]) => name)),
  );

/** Those that have yet to converge. */
export const openCases = (cases: readonly Case[], results: ReadonlyMap<string, Result>): Case[] =>
  cases.filter((one) => results.get(keyOf(one))?.outcome !== "converged");

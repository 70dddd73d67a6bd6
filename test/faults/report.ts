import { readFileSync, writeFileSync } from "node:fs";
import type { Result } from "./results.ts";

const marks = { first: "<!-- figures: written by npm run faults -->", last: "<!-- end of figures -->" } as const;

const rows = (cells: readonly (readonly string[])[]): string => {
  const widths = cells[0]?.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0))) ?? [];
  const line = (row: readonly string[]): string => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const [head = [], ...body] = cells;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...body.map(line)].join("\n");
};

/** What stands beside a scenario's name. */
export interface Told {
  readonly name: string;
  readonly title: string;
  /** Boundaries of its undisturbed run, where one was made. */
  readonly boundaries?: number;
}

const group = <T>(things: readonly T[], by: (thing: T) => string): Map<string, T[]> => {
  const groups = new Map<string, T[]>();
  for (const thing of things) groups.set(by(thing), [...(groups.get(by(thing)) ?? []), thing]);
  return groups;
};

/** How many different boundaries runs were cut at that have converged in the end. */
const metIn = (results: readonly Result[]): number =>
  new Set(results.filter(({ outcome }) => outcome === "converged").flatMap(({ cuts }) => cuts.map(([name]) => name))).size;

/** The figures of some results, from `met` on. */
const figuresOf = (all: readonly Result[]): readonly string[] => {
  const count = (outcome: Result["outcome"]): number => all.filter((result) => result.outcome === outcome).length;
  const cuts = all.reduce((sum, result) => sum + result.cuts.length, 0);
  const lost = all.filter(({ forgets, outcome }) => forgets && outcome === "converged").length;
  return [metIn(all), all.length, cuts, count("converged"), lost, count("failed"), count("not reached")].map(String);
};

/** A table of all results: a row for each scenario and fault, and one for all faults together, since each boundary is tried with one of them. */
export const tableOf = (results: readonly Result[], scenarios: readonly Told[], faultTitles: Readonly<Record<string, string>>): string => {
  const body = scenarios.flatMap(({ name, title, boundaries }) => {
    const own = results.filter((result) => result.scenario === name);
    const faults = [...group(own, ({ fault }) => fault)].map(([fault, all]) => [faultTitles[fault] ?? fault, all] as const);
    const together = faults.length > 1 ? [["all of these", own] as const] : [];
    return [...faults, ...together].map(([what, all]) => [
      title,
      boundaries === undefined ? "" : String(boundaries),
      what,
      ...figuresOf(all),
    ]);
  });
  const head = [
    "command",
    "boundaries",
    "fault",
    "met",
    "cases",
    "cuts",
    "converged",
    "of these without local state",
    "failed",
    "not reached",
  ];
  return rows([head, ...body]);
};

/** When the cases were run, and with how many states of kbs. */
export const timeOf = (results: readonly Result[]): string => {
  const days = [...new Set(results.map(({ date }) => date.slice(0, 10)))].toSorted();
  const states = new Set(results.map(({ sources }) => sources)).size;
  const span = days.length > 1 ? `${days[0]} to ${days.at(-1)}` : (days[0] ?? "never");
  return `Run: ${span}, with ${states} ${states === 1 ? "state" : "different states"} of kbs's sources. The last result of each case counts.`;
};

/** Puts a text between the marks of a document. @throws Error when it has none */
export const putBetweenMarks = (document: string, text: string): string => {
  const [start, end] = [document.indexOf(marks.first), document.indexOf(marks.last)];
  if (start < 0 || end < start) throw new Error(`the document has no "${marks.first}" with "${marks.last}" after it`);
  return `${document.slice(0, start + marks.first.length)}\n\n${text.trim()}\n\n${document.slice(end)}`;
};

export const writeReport = (file: string, text: string): void => writeFileSync(file, putBetweenMarks(readFileSync(file, "utf8"), text));

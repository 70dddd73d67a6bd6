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

const head = [
  "command",
  "run on",
  "states of the sources",
  "boundaries",
  "fault",
  "met",
  "of these alone",
  "cases",
  "cuts",
  "converged",
  "of these without local state",
  "failed",
  "not reached",
] as const;

/** Different boundaries at which runs were cut. */
const differentIn = (results: readonly Result[]): number => new Set(results.flatMap(({ cuts }) => cuts.map(([name]) => name))).size;

const daysOf = (results: readonly Result[]): string => {
  const days = results.map(({ date }) => date.slice(0, 10)).toSorted();
  return [...new Set([days[0], days.at(-1)])].join(" to ");
};

/** The figures of some results, from `met` on. */
const figuresOf = (all: readonly Result[]): readonly string[] => {
  const count = (outcome: Result["outcome"]): number => all.filter((result) => result.outcome === outcome).length;
  const converged = all.filter(({ outcome }) => outcome === "converged");
  const alone = converged.filter(({ cuts }) => cuts.length === 1);
  const cuts = all.reduce((sum, result) => sum + result.cuts.length, 0);
  const lost = converged.filter(({ forgets }) => forgets).length;
  return [differentIn(converged), differentIn(alone), all.length, cuts, converged.length, lost, count("failed"), count("not reached")].map(
    String,
  );
};

/** A row of the figures for each fault of a command, and one for all faults together, since each boundary is tried with one of them. */
const rowsOf = (own: readonly Result[], { title, boundaries }: Told, faultTitles: Readonly<Record<string, string>>): string[][] => {
  const faults = [...group(own, ({ fault }) => fault)].map(([fault, all]) => [faultTitles[fault] ?? fault, all] as const);
  const together = faults.length > 1 ? [["all of these", own] as const] : [];
  return [...faults, ...together].map(([what, all]) => [
    title,
    daysOf(all),
    String(new Set(all.map(({ sources }) => sources)).size),
    String(boundaries ?? ""),
    what,
    ...figuresOf(all),
  ]);
};

/** A table of all results. A command without any keeps the rows that it has in `former`: this machine has not run it. */
export const tableOf = (
  results: readonly Result[],
  scenarios: readonly Told[],
  faultTitles: Readonly<Record<string, string>>,
  former: readonly (readonly string[])[] = [],
): string => {
  const body = scenarios.flatMap((told) => {
    const own = results.filter(({ scenario }) => scenario === told.name);
    return own.length > 0 ? rowsOf(own, told, faultTitles) : former.filter(([title]) => title === told.title);
  });
  return rows([head, ...body]);
};

/** The rows of figures that a document holds. */
export const rowsIn = (document: string): string[][] =>
  document
    .slice(document.indexOf(marks.first), document.indexOf(marks.last))
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
    .filter((row) => row.length === head.length && row[0] !== head[0] && !/^-+$/.test(row[0] ?? ""));

/** Puts a text between the marks of a document. @throws Error when it has none */
export const putBetweenMarks = (document: string, text: string): string => {
  const [start, end] = [document.indexOf(marks.first), document.indexOf(marks.last)];
  if (start < 0 || end < start) throw new Error(`the document has no "${marks.first}" with "${marks.last}" after it`);
  return `${document.slice(0, start + marks.first.length)}\n\n${text.trim()}\n\n${document.slice(end)}`;
};

/** Writes figures, made from those that stood there, into a document. */
export const writeReport = (file: string, figures: (former: readonly (readonly string[])[]) => string): void => {
  const document = readFileSync(file, "utf8");
  writeFileSync(file, putBetweenMarks(document, figures(rowsIn(document))));
};

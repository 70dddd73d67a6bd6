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
  "fault",
  "each run is cut",
  "boundaries",
  "met",
  "cases",
  "cuts",
  "converged",
  "of these without local state",
  "failed",
  "not reached",
  "run on",
  "states of the sources",
] as const;
/** By these columns a row is known, of whatever run. */
const names = 3;
const met = head.indexOf("met");

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
  const cuts = all.reduce((sum, result) => sum + result.cuts.length, 0);
  const lost = converged.filter(({ forgets }) => forgets).length;
  const figures = [differentIn(converged), all.length, cuts, converged.length, lost, count("failed"), count("not reached")].map(String);
  return [...figures, daysOf(all), String(new Set(all.map(({ sources }) => sources)).size)];
};

/** The kills are one fault here, since each boundary is tried with one of them. */
const faultOf = ({ fault }: Result): string => (fault.startsWith("kill-") ? "SIGKILL of kbs, of its script, or of both" : fault);

/** One cut shows that the next run converges; of several each but the last shows only that the next run came further. */
const wayOf = ({ cuts }: Result): string => (cuts.length > 1 ? "in a series" : "once");

/** A row of the figures for each fault of a command and each way to cut. */
const rowsOf = (own: readonly Result[], { title, boundaries }: Told, faultTitles: Readonly<Record<string, string>>): string[][] =>
  [...group(own, (result) => `${faultOf(result)}\n${wayOf(result)}`)].map(([key, all]) => {
    const [fault = "", way = ""] = key.split("\n");
    return [title, faultTitles[fault] ?? fault, way, String(boundaries ?? ""), ...figuresOf(all)];
  });

const keyOf = (row: readonly string[]): string => row.slice(0, names).join("\n");

/** A table of all results. A row of `former` stays until as many boundaries were met here: another machine may have gone further. */
export const tableOf = (
  results: readonly Result[],
  scenarios: readonly Told[],
  faultTitles: Readonly<Record<string, string>>,
  former: readonly (readonly string[])[] = [],
): string => {
  const body = scenarios.flatMap((told) => {
    const own = rowsOf(
      results.filter(({ scenario }) => scenario === told.name),
      told,
      faultTitles,
    );
    const reached = new Map(own.map((row) => [keyOf(row), Number(row[met])]));
    const kept = former.filter((row) => row[0] === told.title && Number(row[met]) > (reached.get(keyOf(row)) ?? -1));
    return [...own, ...kept].toSorted((one, other) => keyOf(one).localeCompare(keyOf(other), "en"));
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

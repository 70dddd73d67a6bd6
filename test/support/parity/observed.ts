import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Difference } from "./compare.ts";

/** A row of docs/observed.md. */
export interface Listed {
  /** With `*` for any text. */
  readonly where: string;
  /** Cases by their id; `all` for every one, `all but` and some. */
  readonly cases: string;
}

const file = join(import.meta.dirname, "../../../docs/observed.md");

/** The rows of the table under a heading, cell by cell. */
const tableUnder = (heading: string, text = readFileSync(file, "utf8")): readonly (readonly string[])[] => {
  const section = text.split(/^## /m).find((part) => part.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`docs/observed.md has no heading ${heading}`);
  const rows = section.split("\n").filter((line) => line.startsWith("|"));
  return rows.slice(2).map((row) =>
    row
      .slice(1, -1)
      .split(" | ")
      .map((cell) => cell.trim()),
  );
};

const listedDifferences = (): readonly Listed[] =>
  tableUnder("Differences from kubeadm").flatMap(([where = "", cases = ""]) =>
    [...where.matchAll(/`([^`]+)`/g)].map(([, pattern = ""]) => ({ where: pattern, cases })),
  );

const appliesTo = ({ cases }: Listed, id: string): boolean => {
  const named = cases.replace(/^all but /, "").split(/, /);
  return cases === "all" || named.includes(id) !== cases.startsWith("all but ");
};

const literally = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** With `*` for any text. */
const isLike = (pattern: string, text: string): boolean => new RegExp(`^${pattern.split("*").map(literally).join(".*")}$`, "s").test(text);

const matches = ({ where }: Listed, difference: Difference): boolean => isLike(where, difference.where);

/** What a host given back still differs in, which docs/observed.md does not say, and what it says and is no longer so. */
export const judgeLeft = (lines: readonly string[]): string[] => {
  const patterns = tableUnder("What stays after a reset").flatMap(([what = ""]) => /`([^`]+)`/.exec(what)?.[1] ?? []);
  return [
    ...lines.filter((line) => !patterns.some((pattern) => isLike(pattern, line))),
    ...patterns.filter((pattern) => !lines.some((line) => isLike(pattern, line))).map((pattern) => `listed, but not so: ${pattern}`),
  ];
};

const tellUnlisted = ({ where, kubeadm, kbs }: Difference): string =>
  `not listed: ${where}\n  kubeadm: ${kubeadm.slice(0, 1500)}\n  kbs:     ${kbs.slice(0, 1500)}`;

/** Differences that no row has, of whatever case. */
export const judgeUnlisted = (found: readonly Difference[], listed = listedDifferences()): string[] =>
  found.filter((difference) => !listed.some((row) => matches(row, difference))).map(tellUnlisted);

/** What is not as the list says: differences that it does not have, and rows that nothing is true of any more. */
export const judge = (id: string, found: readonly Difference[], listed = listedDifferences()): string[] => {
  const rows = listed.filter((row) => appliesTo(row, id));
  const unlisted = found.filter((difference) => !rows.some((row) => matches(row, difference)));
  const stale = rows.filter((row) => !found.some((difference) => matches(row, difference)));
  return [
    ...unlisted.map(tellUnlisted),

    ...stale.map(({ where }) => `listed, but alike: ${where}`),
  ];
};

import { styleText } from "node:util";
import { UserError } from "../shared/errors.ts";
import { secrets } from "../shared/secrets.ts";
import type { Path } from "./schema.ts";

type Severity = "error" | "warning";

/** What a rule has to say: where in the data, and what. Places in the file are found afterwards. */
export interface Finding {
  readonly path: Path;
  readonly message: string;
  readonly hint?: string | undefined;
  /** Default: error. */
  readonly severity?: Severity;
  /** What to point at: the value (default) or its key. */
  readonly at?: "key" | "value";
}

/** A finding with its place. Lines and columns count from 1; both are absent where the file as a whole is meant. */
export interface Problem {
  readonly severity: Severity;
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  /** As a person writes it: `spec.hosts[0].address`; empty for the whole document. */
  readonly path: string;
  readonly message: string;
  readonly hint?: string;
  /** The line of the file, secrets blotted out. */
  readonly excerpt?: string;
}

export class ConfigError extends UserError {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(formatProblems(problems, { color: false }), { exit: "usage" });
    this.name = "ConfigError";
    this.problems = problems;
  }
}

/** `["spec", "hosts", 0]` as `spec.hosts[0]`. */
export const formatPath = (path: Path): string =>
  path
    .map((key) => (typeof key === "number" ? `[${key}]` : /^[\w-]+$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`))
    .join("")
    .replace(/^\./, "");

/** A value as a message shows it: one line, short, control characters escaped; without secrets, of which no half may stay either. */
export const show = (value: unknown): string => {
  const json = secrets.mask(JSON.stringify(value) ?? "nothing");
  return json.length > 60 ? `${json.slice(0, 57)}...` : json;
};

/** `a, b or c`. */
export const oneOf = (words: readonly string[]): string =>
  words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;

/** A cause for `hint`: the word that was probably meant. */
export const didYouMean = (word: string | undefined): string | undefined =>
  word === undefined ? undefined : `did you mean ${show(word)}?`;

export const sortProblems = (problems: readonly Problem[]): Problem[] =>
  problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));

const shownWidth = 100;

/** The line with a caret below. A long line is cut to a window around the caret. */
const drawExcerpt = (excerpt: string, line: number, column: number): string[] => {
  const start = column > shownWidth - 20 ? column - 40 : 0;
  const visible = excerpt.slice(start, start + shownWidth).trimEnd();
  const before = excerpt.slice(start, column - 1);
  const pad = before.replaceAll(/[\u1100-\u{10ffff}]/gu, "  ").replaceAll(/[^ ]/g, " "); // wide letters take two columns
  const number = String(line).padStart(5);
  return [`${number} | ${visible}`, `${" ".repeat(number.length)} | ${pad}^`];
};

const formatProblem = (problem: Problem, paint: (style: "red" | "yellow" | "bold", words: string) => string): string => {
  const { severity, file, line, column, path, message, hint, excerpt } = problem;
  const place = [file === "-" ? "<stdin>" : file, line, column].filter((part) => part !== undefined).join(":");
  const kind = paint(severity === "error" ? "red" : "yellow", `${severity}:`);
  const head = `${paint("bold", `${place}:`)} ${kind} ${path === "" ? "" : `${path}: `}${message}`;
  const drawn = excerpt === undefined || line === undefined || column === undefined ? [] : drawExcerpt(excerpt, line, column);
  return [head, ...drawn, ...(hint === undefined ? [] : [`      hint: ${hint}`])].join("\n");
};

/** Problems as text: `file:line:column: error: path: sentence`, the line with a caret, a hint. */
export const formatProblems = (problems: readonly Problem[], options: { readonly color: boolean }): string => {
  const paint = (style: "red" | "yellow" | "bold", words: string): string =>
    options.color ? styleText(style, words, { validateStream: false }) : words;
  const count = problems.filter(({ severity }) => severity === "error").length;
  const summary = count > 1 ? [`${count} problems in the configuration`] : [];
  return [...problems.map((problem) => formatProblem(problem, paint)), ...summary].join("\n");
};

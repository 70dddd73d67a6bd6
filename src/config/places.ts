import { type Document, isScalar } from "yaml";
import { secrets } from "../shared/secrets.ts";
import { locate, type SourceFile } from "./document.ts";
import { blot, namesSecret, type Range } from "./plain-secrets.ts";
import { type Finding, formatPath, type Problem, sortProblems } from "./problems.ts";
import type { Source } from "./read-source.ts";

/** Gives a finding its place, from an offset in the text. */
export type Report = (offset: number, finding: Finding, hideSecretLine?: boolean) => Problem;

/** Where in the text a finding points: at its value, or at the key where the value is missing or empty. */
export const offsetOf = (document: Document.Parsed, { path, at }: Finding): number => {
  const { key, value, exact } = locate(document, path);
  const empty = isScalar(value) && value.value === null;
  const wantsKey = at === "key" || !exact || empty;
  return ((wantsKey ? key : undefined) ?? value ?? key)?.range?.[0] ?? 0;
};

/** Turns findings and offsets into problems with line, column and excerpt. */
export const reporter = (source: Source, file: SourceFile, ranges: readonly Range[]): Report => {
  const lineAt = (offset: number): { start: number; text: string } => {
    const start = file.text.lastIndexOf("\n", offset - 1) + 1;
    const end = file.text.indexOf("\n", start);
    return { start, text: file.text.slice(start, end < 0 ? undefined : end) };
  };
  return (offset, finding, hideSecretLine = false) => {
    const { start, text } = lineAt(offset);
    const hidden = hideSecretLine && namesSecret(text);
    return {
      severity: finding.severity ?? "error",
      file: source.name,
      ...file.placeOf(offset),
      path: formatPath(finding.path),
      message: secrets.mask(finding.message),
      ...(finding.hint === undefined ? {} : { hint: secrets.mask(finding.hint) }),
      ...(hidden || text.trim() === "" ? {} : { excerpt: blot(text, start, ranges) }),
    };
  };
};

/** What is no YAML, one problem for each line: what follows on a line is its echo. */
export const syntaxProblems = (file: SourceFile, report: Report): Problem[] => {
  const found = file.syntax.map(({ offset, message, hint }) => report(offset, { path: [], message, hint }, true));
  const lines = new Set<number | undefined>();
  return sortProblems(found).filter(({ line }) => !lines.has(line) && lines.add(line));
};

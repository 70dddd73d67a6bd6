import { type Document, isNode, isPair, isScalar, visit } from "yaml";
import { secrets } from "../shared/secrets.ts";
import { locate } from "./document.ts";
import type { Finding } from "./problems.ts";
import { type Path, schemaAt } from "./schema.ts";
import { parseReference } from "./secret-references.ts";

/** Keys whose value is never shown, misspelt ones too. */
export const secretKey = /pass|pwd|secret|token/i;
/** `user:password@host`, where a password does not belong but may well stand. */
const credentials = /[^\s:/]:[^@\s]+@/;

export interface Range {
  readonly start: number;
  readonly end: number;
}

/** Where secrets stand in the text of a file. */
export const secretRanges = (document: Document.Parsed): Range[] => {
  const ranges: Range[] = [];
  const add = (node: unknown): void => {
    const range = isNode(node) ? node.range : undefined;
    if (range) ranges.push({ start: range[0], end: range[1] });
  };
  visit(document, {
    Pair: (_, pair) => {
      if (isPair(pair) && isScalar(pair.key) && secretKey.test(String(pair.key.value)) && pair.value) add(pair.value);
    },
    Scalar: (_, scalar) => {
      if (typeof scalar.value === "string" && credentials.test(scalar.value)) add(scalar);
    },
  });
  return ranges;
};

/** A part of a text, from `start` on, with the secrets in it blotted out and without control characters. */
export const blot = (text: string, start: number, ranges: readonly Range[]): string => {
  const near = ranges.filter((range) => range.start < start + text.length && range.end > start);
  const letters = Array.from({ length: text.length }, (_, index) => {
    const hidden = near.some((range) => start + index >= range.start && start + index < range.end);
    return hidden ? "*" : text.charAt(index).replace(/\p{Cc}/u, " ");
  });
  return letters.join("");
};

const collect = (path: Path, value: unknown): { path: Path; text: string }[] => {
  if (typeof value === "string") return schemaAt(path)?.writeOnly === true ? [{ path, text: value }] : [];
  if (Array.isArray(value)) return value.flatMap((item, index) => collect([...path, index], item));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => collect([...path, key], item));
};

/** Registers every secret that the file (or a `${NAME}` in it) holds, and warns of those that are written out. */
export const checkSecrets = (document: Document.Parsed, data: unknown, openToOthers: boolean): Finding[] => {
  const plain = collect([], data).filter(({ text }) => parseReference(text) === undefined);
  for (const { text } of plain) secrets.add(text);
  const written = plain.filter(({ path }) => {
    const source = locate(document, path).value;
    return !isScalar(source) || !String(source.value).includes("${");
  });
  const [first, ...others] = written;
  if (first === undefined) return [];
  const more = others.length === 0 ? "" : ` (as ${others.length === 1 ? "one more secret" : `${others.length} more secrets`} below)`;
  const readers = openToOthers ? ", which other users of this machine can read" : "";
  const hint = `env:NAME, file:PATH or cmd:COMMAND keep it out${openToOthers ? "; chmod 600 hides the file" : ""}`;
  return [{ path: first.path, severity: "warning", message: `is written out in the file${readers}${more}`, hint }];
};

import { type Document, isCollection, isNode, isScalar, type Scalar, visit } from "yaml";
import { nearest } from "../shared/nearest.ts";
import { secrets } from "../shared/secrets.ts";
import { locate } from "./document.ts";
import type { Finding } from "./problems.ts";
import { type Path, schema, schemaAt } from "./schema.ts";
import type { SchemaNode } from "./schema-node.ts";
import { parseReference } from "./secret-references.ts";

/** Keys of other formats whose value is never shown. */
const secretWord = /pass|pwd|secret|token/i;
/** `user:password@` of `user:password@host`, where a password does not belong but may well stand; not an image's `name:tag@sha256:…`. */
const credentials = /[^\s:/]{1,64}:(?!\/\/)(\S+)@(?!sha256:)/;

/** Each key of a map that a schema knows, and whether its value is a secret. */
const keysOf = ({ properties = {}, items, additionalProperties: others }: SchemaNode): readonly (readonly [string, boolean])[] => [
  ...Object.entries(properties).flatMap(([key, node]) => [[key, node.writeOnly === true] as const, ...keysOf(node)]),
  ...(items ? keysOf(items) : []),
  ...(typeof others === "object" ? keysOf(others) : []),
];

const known = new Map(keysOf(schema));
const secretFields = [...known].filter(([, isSecret]) => isSecret).map(([key]) => key);

/** Whether a secret of ours stands under a key, as it is or misspelt. Few keys are near a secret's: only those are held against all. */
const isSecretField = (key: string): boolean =>
  known.get(key) ?? (nearest(key, secretFields) !== undefined && known.get(nearest(key, [...known.keys()]) ?? "") === true);

/** Whether a key's value is never shown. */
const isSecretKey = (key: string): boolean => secretWord.test(key) || isSecretField(key);

/** Whether a line that is no YAML has such a key in it. */
export const namesSecret = (line: string): boolean => (line.match(/[\w-]+/g) ?? []).some(isSecretKey);

export interface Range {
  readonly start: number;
  readonly end: number;
}

/** What a text holds that no message may repeat: of `user:password@host` the user's part. */
const registerCredentials = (text: string): void => {
  const [user, password] = credentials.exec(text) ?? [];
  for (const part of [user, password]) if (part !== undefined) secrets.add(part);
};

/** A secret under its own name, or one near it: not where it only says from where the secret comes. */
const registerValue = (value: unknown): void => {
  if (!isScalar(value)) return;
  const text = String(value.value);
  if (parseReference(text) === undefined && !text.includes("${")) secrets.add(text);
};

/** Where secrets stand in the text of a file; they are registered, so that no sentence about it repeats one. */
export const secretRanges = (document: Document.Parsed): Range[] => {
  const ranges: Range[] = [];
  const add = (node: unknown, key?: Scalar): void => {
    if (!isNode(node) || !node.range) return;
    const [start, end] = node.range;
    // An anchor stands before its value: a password without quotes that begins with & is taken for one.
    const isAnchored = (isScalar(node) || isCollection(node)) && node.anchor !== undefined;
    ranges.push({ start: isAnchored && key?.range ? key.range[1] + 1 : start, end });
  };
  visit(document, {
    Pair: (_, { key, value }) => {
      if (!isScalar(key) || !value) return;
      const name = String(key.value);
      if (isSecretKey(name)) add(value, key);
      if (isSecretField(name)) registerValue(value);
      if (name === "user" && isScalar(value) && String(value.value).includes(":")) add(value);
    },
    Scalar: (_, scalar) => {
      if (typeof scalar.value !== "string" || !credentials.test(scalar.value)) return;
      add(scalar);
      registerCredentials(scalar.value);
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

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseAllDocuments, stringify } from "yaml";
import { clusterFromKubeadm, readKubeadmText } from "../../../src/config/kubeadm/index.ts";
import { migrate } from "../../../src/config/kubeadm/migrate.ts";
import { ConfigError } from "../../../src/config/problems.ts";
import type { Source } from "../../../src/config/read-source.ts";

type Path = readonly (string | number)[];

const strange: readonly unknown[] = [
  null,
  0,
  -1,
  1e99,
  true,
  "",
  "x",
  "1h",
  "10.0.0.1",
  "${A}",
  [],
  [null],
  [[]],
  ["a"],
  {},
  { a: {} },
  [{}],
  "\u0000",
];

const isMap = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

/** Every place in a value, the value itself among them. */
const placesOf = (value: unknown, path: Path = []): Path[] => {
  const inner = Array.isArray(value) ? [...value.entries()] : isMap(value) ? Object.entries(value) : [];
  return [path, ...inner.flatMap(([key, item]) => placesOf(item, [...path, key]))];
};

const replaced = (value: unknown, [step, ...rest]: Path, by: unknown): unknown => {
  if (step === undefined) return by;
  if (Array.isArray(value)) return value.map((item: unknown, index) => (index === step ? replaced(item, rest, by) : item));
  return isMap(value) ? { ...value, [step]: replaced(value[String(step)], rest, by) } : value;
};

/** What is wrong with how a text is met: a crash, or problems that say nothing. */
const mistakes = (text: string, work: (source: Source) => unknown): string[] => {
  try {
    work({ name: "kubeadm.yaml", text, openToOthers: false });
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) return [`${String(error)} on:\n${text}`];
    const silent = error.problems.length === 0 || error.problems.some(({ message }) => /undefined|\[object|NaN/.test(message));
    return silent ? [`${error.message} on:\n${text}`] : [];
  }
};

const folder = (name: string): string => join(import.meta.dirname, name);
const files = (name: string): readonly (readonly [string, unknown[]])[] =>
  readdirSync(folder(name)).map((file) => [
    file,
    parseAllDocuments(readFileSync(join(folder(name), file), "utf8")).map((document): unknown => document.toJS()),
  ]);

/** Each place with every fifth of the strange values, beginning with another one each time: all of them at all places would take a minute. */
const changed = (documents: unknown[]): string[] =>
  placesOf(documents)
    .filter((path) => path.length > 0)
    .flatMap((path, place) => strange.filter((_, index) => (index + place) % 5 === 0).map((value) => replaced(documents, path, value)))
    .map((all) => (Array.isArray(all) ? all : [all]).map((document) => stringify(document)).join("---\n"));

const translate = (source: Source): unknown => clusterFromKubeadm(readKubeadmText(source), { name: "cp1", address: "10.0.0.11" });

test.each(files("good"))("whatever stands in a place of %s, it is read, or told what is wrong", { timeout: 120_000 }, (_, documents) => {
  expect(changed(documents).flatMap((text) => mistakes(text, translate))).toEqual([]);
});

test.each(files("old"))(
  "whatever stands in a place of the old %s, it is migrated, or told what is wrong",
  { timeout: 120_000 },
  (_, documents) => {
    expect(changed(documents).flatMap((text) => mistakes(text, migrate))).toEqual([]);
  },
);

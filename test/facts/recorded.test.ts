import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { hostFacts } from "../../src/facts/index.ts";
import { keysOf } from "../../src/shared/objects.ts";

/** One file per host: what its answers were, and what is to be heard in them. A fact that is undefined is written as null. */
interface Recorded {
  readonly about: string;
  readonly facts: Readonly<Record<string, { readonly output: readonly string[]; readonly expect: unknown }>>;
}

const folder = new URL("recorded/", import.meta.url);
const hosts = readdirSync(folder).map((name): readonly [string, Recorded] => [
  name,
  JSON.parse(readFileSync(new URL(name, folder), "utf8")),
]);

describe.each(hosts)("%s", (_, { facts }) => {
  test.each(keysOf(facts))("%s is heard", (id) => {
    const fact = Object.values(hostFacts).find((known) => known.id === id);
    expect(fact?.parse(facts[id]?.output.join("\n") ?? "", 0) ?? null).toEqual(facts[id]?.expect);
  });
});

test("every fact was recorded at least once", () => {
  const recorded = new Set(hosts.flatMap(([, { facts }]) => Object.keys(facts)));
  expect(keysOf(hostFacts).filter((id) => !recorded.has(id))).toEqual([]);
});

test("several distributions were recorded", () => {
  expect(hosts.length).toBeGreaterThanOrEqual(7);
});

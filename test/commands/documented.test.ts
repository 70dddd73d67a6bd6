import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { commands } from "../../src/commands/registry.ts";
import { eventsVersion } from "../../src/engine/events.ts";
import { eventsSchema } from "../../src/engine/progress/events-schema.ts";
import { exitCodes } from "../../src/shared/errors.ts";

const page = (name: string): string => readFileSync(join(import.meta.dirname, "../../docs", name), "utf8");

describe("the documentation", () => {
  test("tells every exit code by number and name, and no other", () => {
    const rows = [...page("exit-codes.md").matchAll(/^\| (\d+)\s*\| `(\w+)`\s*\|/gm)].map(([, code, name]) => [name, Number(code)]);
    expect(Object.fromEntries(rows)).toEqual(exitCodes);
  });

  test("tells every event", () => {
    const text = page("events.md");
    const types = [...JSON.stringify(eventsSchema).matchAll(/"type":\{"const":"([\w-]+)"\}/g)].map(([, type]) => type);
    expect(types.length).toBeGreaterThan(10);
    for (const type of types) expect(text).toMatch(new RegExp(`\`${type}\`|"type":"${type}"`));
    expect(text).toContain(`"events":"${eventsVersion}"`);
  });
});

const root = join(import.meta.dirname, "../..");
const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts"))
  .map((path) => `src/${path}`);

/** One or two words after "kbs" in quotes, before flags, places or the end: what begins a sentence goes on with more of them. */
const quoted = /(?<!title: )(["`])kbs (?<first>[a-z][a-z-]*)(?: (?<second>[a-z][a-z-]*))?(?: [^a-z"`][^"`]*)?\1/g;

/** Commands, and the first words of those that have two. */
const names = new Set(commands.flatMap(({ path }) => [path.join(" "), path[0] ?? ""]));

test("every command that a hint names is one that there is", () => {
  const named = [...sources, "config-sample.yaml"].flatMap((path) =>
    [...readFileSync(join(root, path), "utf8").matchAll(quoted)].map(({ groups: { first = "", second = "" } = {} }) => ({
      path,
      first,
      second,
    })),
  );
  const takesWord = new Set(commands.flatMap(({ path, place }) => (place === undefined ? [] : [path.join(" ")])));
  const unknown = named.filter(({ first, second }) => !names.has(second === "" || takesWord.has(first) ? first : `${first} ${second}`));
  expect(named.length).toBeGreaterThan(50);
  expect(unknown).toEqual([]);
});

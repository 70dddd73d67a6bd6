import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
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

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ConfigError, loadConfig } from "../../src/config/load.ts";
import { UserError } from "../../src/shared/errors.ts";
import { tell } from "./tell.ts";

const folder = join(import.meta.dirname, "bad");
const files = readdirSync(folder).filter((name) => !name.endsWith(".expected"));

/** What a file's header (`#= line`) or its neighbour `.expected` says. */
const expectationOf = (name: string): string[] => {
  const header = [...readFileSync(join(folder, name), "latin1").matchAll(/^#= (.*)$/gm)].map(([, line = ""]) => line);
  if (header.length > 0) return header;
  return readFileSync(join(folder, name.replace(/\.\w+$/, ".expected")), "utf8")
    .trimEnd()
    .split("\n");
};

const outcomeOf = async (name: string): Promise<string[]> => {
  try {
    await loadConfig(join(folder, name), { env: {} });
    return ["accepted"];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(tell);
    if (error instanceof UserError) return [error.message.replace(`${folder}/`, "")];
    throw error;
  }
};

describe("a bad configuration is refused with its places and sentences", () => {
  test("there are at least sixty ways to be wrong", () => {
    expect(files.length).toBeGreaterThanOrEqual(60);
  });

  test.each(files)("%s", async (name) => {
    expect(await outcomeOf(name)).toEqual(expectationOf(name));
  });
});

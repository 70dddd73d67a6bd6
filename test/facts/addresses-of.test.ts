import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { addressesOf } from "../../src/facts/addresses-of.ts";

const ask = (name: string, change: (script: string) => string = (script) => script): readonly string[] | undefined => {
  const { question, parse } = addressesOf(name);
  const { status, stdout } = spawnSync("/bin/sh", ["-c", change(question.script)], { encoding: "utf8" });
  return parse(stdout, status ?? 1);
};

test("a name is known by its addresses, and not at all where nothing tells of it", () => {
  expect(ask("localhost")?.some((address) => ["127.0.0.1", "::1"].includes(address))).toBe(true);
  expect(ask("no-such-name.invalid")).toEqual([]);
});

test("a name is never a command", () => {
  expect(ask("$(echo localhost)")).toEqual([]);
});

test("nothing is said where it cannot be asked", () => {
  expect(ask("localhost", (script) => script.replace(/PATH=\S+/, "PATH=/nonexistent"))).toBeUndefined();
});

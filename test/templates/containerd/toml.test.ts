import { describe, expect, test } from "vitest";
import { toToml } from "../../../src/templates/containerd/toml.ts";

test("values come before tables, keys are sorted, and a heading stands only where it says something", () => {
  const table = { b: { c: { y: 1 } }, version: 3, a: { "x.y": { on: true } }, "empty one": {}, d: { z: { q: "r" }, k: 1 } };
  expect(toToml(table)).toBe(`version = 3

[a."x.y"]
on = true

[b.c]
y = 1

[d]
k = 1

[d.z]
q = "r"

["empty one"]
`);
});

const written = (value: unknown): string => toToml({ k: value }).slice("k = ".length, -1);

describe("a value", () => {
  test.each([
    ["a text", "plain", '"plain"'],
    ["a text with quotes, backslash and line end", 'a"b\\c\nd', '"a\\"b\\\\c\\nd"'],
    ["a text with control characters", "\u0001\u007F", '"\\u0001\\u007F"'],
    ["a text beyond ASCII", "中文 ü", '"中文 ü"'],
    ["a whole number", -999, "-999"],
    ["a fraction", 1.5, "1.5"],
    ["a large number", 1e21, "1e+21"],
    ["a boolean", false, "false"],
    ["a list", ["a", 1, true], '["a", 1, true]'],
    ["an empty list", [], "[]"],
    ["a list of lists", [[1], [2, 3]], "[[1], [2, 3]]"],
    ["a list of tables", [{ "p.q": "x", a: { b: 1 } }, {}], '[{ a = { b = 1 }, "p.q" = "x" }, {}]'],
  ])("that is %s is written as TOML has it", (_, value, expected) => {
    expect(written(value)).toBe(expected);
  });

  test.each([
    [{ a: { b: null } }, "a.b: TOML cannot hold null"],
    [{ a: [1, null] }, "a[1]: TOML cannot hold null"],
    [{ a: [{ b: Number.NaN }] }, "a[0].b: TOML cannot hold NaN"],
  ])("that TOML does not know is refused with its path", (table, message) => {
    expect(() => toToml(table)).toThrow(message);
  });
});

test("what is undefined is left out", () => {
  expect(toToml({ a: undefined, b: { c: undefined } })).toBe("[b]\n");
});

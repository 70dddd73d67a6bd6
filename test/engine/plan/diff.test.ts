import { expect, test } from "vitest";
import { unifiedDiff } from "../../../src/engine/plan/diff.ts";

const text = (...lines: readonly (string | number)[]): string => lines.map((line) => `${line}\n`).join("");
const numbers = Array.from({ length: 20 }, (_, nth) => nth + 1);

test("equal texts have no difference", () => {
  expect(unifiedDiff(text(1, 2), text(1, 2))).toEqual([]);
});

test("a changed line stands between three lines of context, an empty one too", () => {
  const changed = numbers.map((line) => (line === 10 ? "ten" : line === 12 ? "" : line));
  expect(unifiedDiff(text(...numbers), text(...changed)).slice(0, 8)).toEqual([
    "@@ -7,9 +7,9 @@",
    " 7",
    " 8",
    " 9",
    "-10",
    "+ten",
    " 11",
    "-12",
  ]);
  expect(unifiedDiff(text("a", "", "b"), text("a", "", "c"))).toEqual(["@@ -1,3 +1,3 @@", " a", " ", "-b", "+c"]);
});

test("a new file is all additions, an emptied one all removals", () => {
  expect([unifiedDiff("", text("a", "b")), unifiedDiff(text("a"), "")]).toEqual([
    ["@@ -0,0 +1,2 @@", "+a", "+b"],
    ["@@ -1,1 +0,0 @@", "-a"],
  ]);
});

test("a last line without its end is told as that", () => {
  expect(unifiedDiff("a", "a\n")).toEqual(["@@ -1,1 +1,1 @@", "-a", "\\ No newline at end of file", "+a"]);
});

test("passwords in URLs are not among them, neither what a host had nor what it gets", () => {
  expect(unifiedDiff("value: http://kim:former@proxy:3128\n", "value: http://kim:latter@proxy:3128\n")).toEqual([
    "@@ -1,1 +1,1 @@",
    "-value: http://kim:***@proxy:3128",
    "+value: http://kim:***@proxy:3128",
  ]);
});

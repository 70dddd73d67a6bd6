import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { unifiedDiff } from "../../../src/engine/plan/diff.ts";

const text = (...lines: readonly (string | number)[]): string => lines.map((line) => `${line}\n`).join("");
const numbers = Array.from({ length: 20 }, (_, nth) => nth + 1);

test("equal texts have no difference", () => {
  expect(unifiedDiff(text(1, 2), text(1, 2))).toEqual([]);
});

test("a changed line stands between three lines of context", () => {
  const changed = numbers.map((line) => (line === 10 ? "ten" : line));
  expect(unifiedDiff(text(...numbers), text(...changed))).toEqual([
    "@@ -7,7 +7,7 @@",
    " 7",
    " 8",
    " 9",
    "-10",
    "+ten",
    " 11",
    " 12",
    " 13",
  ]);
});

test("differences that are far apart have a stretch each, near ones share one", () => {
  const far = numbers.map((line) => ([2, 19].includes(line) ? "x" : line));
  const near = numbers.map((line) => ([5, 9].includes(line) ? "x" : line));
  const heads = (after: readonly (string | number)[]): string[] =>
    unifiedDiff(text(...numbers), text(...after)).filter((line) => line.startsWith("@@"));
  expect([heads(far), heads(near)]).toEqual([["@@ -1,5 +1,5 @@", "@@ -16,5 +16,5 @@"], ["@@ -2,11 +2,11 @@"]]);
});

test("a new file is all additions, an emptied one all removals", () => {
  expect([unifiedDiff("", text("a", "b")), unifiedDiff(text("a"), "")]).toEqual([
    ["@@ -0,0 +1,2 @@", "+a", "+b"],
    ["@@ -1 +0,0 @@", "-a"],
  ]);
});

/** A small generator of numbers, the same every time. */
const random = (seed: number) => (): number => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648;

test("patch(1) makes of the old text and the difference the new text, and no shorter one is found by diff(1)", () => {
  const directory = mkdtempSync(join(tmpdir(), "kbs-diff-"));
  const next = random(7);
  try {
    for (let round = 0; round < 30; round++) {
      const line = (): number => Math.floor(next() * 6);
      const before = Array.from({ length: Math.floor(next() * 30) }, line);
      const after = before.flatMap((old) => (next() < 0.2 ? [] : next() < 0.2 ? [line(), old] : [old]));
      const [old, made] = [join(directory, "old"), join(directory, "new")];
      writeFileSync(old, text(...before));
      writeFileSync(made, text(...after));
      const ours = unifiedDiff(text(...before), text(...after));
      const theirs = spawnSync("diff", ["-d", "-U3", old, made], { encoding: "utf8" }).stdout.split("\n").slice(2);
      const edits = (lines: readonly string[]): number => lines.filter((one) => /^[-+]/.test(one)).length;
      expect(edits(ours)).toBe(edits(theirs));
      if (ours.length === 0) continue;
      const patched = execFileSync("patch", ["-s", "-o", "-", old], { input: `--- a\n+++ b\n${ours.join("\n")}\n`, encoding: "utf8" });
      expect(patched).toBe(text(...after));
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
});

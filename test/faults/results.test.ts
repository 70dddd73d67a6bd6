import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Case } from "./cases.ts";
import type { Verdict } from "./perform-case.ts";
import { putBetweenMarks, tableOf } from "./report.ts";
import { keep, openCases, resultOf, resultsIn } from "./results.ts";

const one = (what: string): Case => ({
  scenario: "create",
  fault: "kill-kbs",
  at: [{ host: "h1", word: "done", what, nth: 1 }],
  forgets: false,
});
const verdict = (outcome: Verdict["outcome"]): Verdict => ({
  outcome,
  cuts: outcome === "not reached" ? [] : [["h1:done a", null]],
  troubles: [],
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kbs-results-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("results", () => {
  test("what has converged is left out when a bench goes on; what failed is tried again, and its last result counts", () => {
    const file = join(folder, "below/results.jsonl");
    const cases = [one("path:/a"), one("path:/b"), one("path:/c")] as const;
    expect(openCases(cases, resultsIn(file))).toEqual(cases);
    keep(file, resultOf(cases[0], verdict("failed"), "s", 1));
    keep(file, resultOf(cases[0], verdict("converged"), "s", 1));
    keep(file, resultOf(cases[1], verdict("failed"), "s", 1));
    expect(openCases(cases, resultsIn(file))).toEqual([cases[1], cases[2]]);
  });

  test("a last line that was cut off with its bench does not count", () => {
    const file = join(folder, "results.jsonl");
    keep(file, resultOf(one("path:/a"), verdict("converged"), "s", 1));
    appendFileSync(file, '{"key":"cre');
    expect(resultsIn(file).size).toBe(1);
  });
});

describe("the report", () => {
  test("a row counts what converged, failed and was not reached", () => {
    const all = (["converged", "converged", "failed", "not reached"] as const).map((outcome, nth) =>
      resultOf(one(`path:/${nth}`), verdict(outcome), "s", 1),
    );
    const text = tableOf(all, [{ name: "create", title: "create, 1 + 1", boundaries: 9 }], { "kill-kbs": "SIGKILL of kbs" });
    expect(
      text
        .split("\n")
        .at(-1)
        ?.split("|")
        .map((cell) => cell.trim()),
    ).toEqual(["", "create, 1 + 1", "9", "SIGKILL of kbs", "1", "4", "3", "2", "0", "1", "1", ""]);
  });

  test("faults of a command are added up, with each boundary once", () => {
    const all = [one("path:/a"), { ...one("path:/b"), fault: "reboot" } as const].map((tried) =>
      resultOf(tried, verdict("converged"), "abc", 1),
    );
    const text = tableOf(all, [{ name: "create", title: "create, 1 + 1", boundaries: 9 }], { "kill-kbs": "SIGKILL of kbs" });
    expect(text.split("\n").at(-1)).toMatch(/^\| create, 1 \+ 1 \| 9 +\| all of these +\| 1 +\| 2 +\| 2 +\| 2 /);
  });

  test("a document keeps what is around the figures, and one without marks is refused", () => {
    const document = "a\n<!-- figures: written by npm run faults -->\nold\n<!-- end of figures -->\nb\n";
    expect(putBetweenMarks(document, "new")).toBe("a\n<!-- figures: written by npm run faults -->\n\nnew\n\n<!-- end of figures -->\nb\n");
    expect(() => putBetweenMarks("nothing", "new")).toThrow("has no");
  });
});

import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Case } from "./cases.ts";
import type { Verdict } from "./perform-case.ts";
import { putBetweenMarks, rowsIn, tableOf } from "./report.ts";
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

const lastRow = (table: string): string[] =>
  (table.split("\n").at(-1) ?? "")
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim());

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
    const row = lastRow(text);
    expect(row.slice(0, 1).concat(row.slice(2))).toEqual([
      "create, 1 + 1",
      "1",
      "9",
      "SIGKILL of kbs",
      "1",
      "1",
      "4",
      "3",
      "2",
      "0",
      "1",
      "1",
    ]);
  });

  test("faults of a command are added up, with each boundary once", () => {
    const all = [one("path:/a"), { ...one("path:/b"), fault: "reboot" } as const].map((tried) =>
      resultOf(tried, verdict("converged"), "abc", 1),
    );
    const text = tableOf(all, [{ name: "create", title: "create, 1 + 1", boundaries: 9 }], { "kill-kbs": "SIGKILL of kbs" });
    expect(lastRow(text).slice(2)).toEqual(["1", "9", "all of these", "1", "1", "2", "2", "2", "0", "0", "0"]);
  });

  test("what was cut alone is told from what was cut in a series", () => {
    const series: Verdict = {
      ...verdict("converged"),
      cuts: [
        ["h1:done a", null],
        ["h1:done b", null],
      ],
    };
    const all = [resultOf(one("path:/a"), verdict("converged"), "s", 1), resultOf(one("path:/b"), series, "s", 1)];
    expect(lastRow(tableOf(all, [{ name: "create", title: "create, 1 + 1" }], {})).slice(5, 7)).toEqual(["2", "1"]);
  });

  test("a command that was not run here keeps its rows", () => {
    const [create, other] = [
      { name: "create", title: "create, 1 + 1" },
      { name: "reset", title: "reset of a worker" },
    ];
    const first = tableOf([resultOf(one("path:/a"), verdict("converged"), "s", 1)], [create], {});
    const document = putBetweenMarks("<!-- figures: written by npm run faults -->\n<!-- end of figures -->", first);
    const reset = resultOf({ ...one("path:/b"), scenario: "reset" }, verdict("failed"), "s", 1);
    const both = tableOf([reset], [create, other], {}, rowsIn(document));
    expect(
      both
        .split("\n")
        .slice(2)
        .map((row) => row.split("|")[1]?.trim()),
    ).toEqual([create.title, other.title]);
    expect(rowsIn(document)[0]).toEqual(lastRow(first));
  });

  test("a document keeps what is around the figures, and one without marks is refused", () => {
    const document = "a\n<!-- figures: written by npm run faults -->\nold\n<!-- end of figures -->\nb\n";
    expect(putBetweenMarks(document, "new")).toBe("a\n<!-- figures: written by npm run faults -->\n\nnew\n\n<!-- end of figures -->\nb\n");
    expect(() => putBetweenMarks("nothing", "new")).toThrow("has no");
  });
});

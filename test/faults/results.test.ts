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

const create = { name: "create", title: "create, 1 + 1" };
const document = (table: string): string => putBetweenMarks("<!-- figures: written by npm run faults -->\n<!-- end of figures -->", table);

describe("the report", () => {
  test("a row counts what converged, failed and was not reached", () => {
    const all = (["converged", "converged", "failed", "not reached"] as const).map((outcome, nth) =>
      resultOf(one(`path:/${nth}`), verdict(outcome), "s", 1),
    );
    const text = tableOf(all, [{ name: "create", title: "create, 1 + 1", boundaries: 9 }], { "kill-kbs": "SIGKILL of kbs" });
    expect(lastRow(text).slice(0, -2)).toEqual([
      "create, 1 + 1",
      "SIGKILL of kbs, of its script, or of both",
      "once",
      "9",
      "1",
      "4",
      "3",
      "2",
      "0",
      "1",
      "1",
    ]);
  });

  test("the kills are one fault, which has each boundary once", () => {
    const all = [one("path:/a"), { ...one("path:/b"), fault: "kill-both" } as const].map((tried) =>
      resultOf(tried, verdict("converged"), "abc", 1),
    );
    const text = tableOf(all, [{ name: "create", title: "create, 1 + 1", boundaries: 9 }], {});
    expect(lastRow(text).slice(3, -2)).toEqual(["9", "1", "2", "2", "2", "0", "0", "0"]);
  });

  test("what was cut once is told from what was cut in a series", () => {
    const series: Verdict = {
      ...verdict("converged"),
      cuts: [
        ["h1:done a", null],
        ["h1:done b", null],
      ],
    };
    const all = [resultOf(one("path:/a"), verdict("converged"), "s", 1), resultOf(one("path:/b"), series, "s", 1)];
    const [first, second] = rowsIn(document(tableOf(all, [create], {})));
    expect([first?.[2], first?.[4], second?.[2], second?.[4]]).toEqual(["in a series", "2", "once", "1"]);
  });

  test("a row stays until as many boundaries were met here", () => {
    const reset = { name: "reset", title: "reset of a worker" };
    const tried = (...paths: readonly string[]) =>
      paths.map((path) => {
        const cuts = [[`h1:done ${path}`, null]] as const;
        return resultOf({ ...one(path), scenario: "reset" }, { ...verdict("converged"), cuts }, path, 1);
      });
    const former = rowsIn(
      document(tableOf([...tried("/a", "/b"), resultOf(one("/a"), verdict("converged"), "s", 1)], [create, reset], {})),
    );
    expect(former.map(([title]) => title)).toEqual([create.title, reset.title]);
    const metBy = (results: ReturnType<typeof tried>) =>
      rowsIn(document(tableOf(results, [create, reset], {}, former))).map(([title, , , , met]) => [title, met]);
    expect(metBy(tried("/c"))).toEqual([
      [create.title, "1"],
      [reset.title, "1"],
      [reset.title, "2"],
    ]);
    expect(metBy(tried("/c", "/d"))).toEqual([
      [create.title, "1"],
      [reset.title, "2"],
    ]);
  });

  test("a document keeps what is around the figures, and one without marks is refused", () => {
    const text = "a\n<!-- figures: written by npm run faults -->\nold\n<!-- end of figures -->\nb\n";
    expect(putBetweenMarks(text, "new")).toBe("a\n<!-- figures: written by npm run faults -->\n\nnew\n\n<!-- end of figures -->\nb\n");
    expect(() => putBetweenMarks("nothing", "new")).toThrow("has no");
  });
});

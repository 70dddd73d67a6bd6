import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { TimedEvent } from "../../src/engine/events.ts";
import { decisivePath } from "./breakdown.ts";
import { median, seconds, spread } from "./figures.ts";
import { writeReport } from "./report.ts";

test("a median is the middle, or the mean of the two in the middle", () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([4, 1, 2, 9])).toBe(3);
  expect(median([7])).toBe(7);
  expect(() => median([])).toThrow(RangeError);
});

test("a spread shows the median between the least and the most", () => {
  expect(spread([31_000, 29_500, 40_000], seconds)).toBe("31.0 (29.5 – 40.0)");
});

const unit = (phase: string, host: string, from: number, to: number): TimedEvent[] => [
  { type: "unit-started", phase, host, time: 1000 + from, at: from },
  { type: "unit-ended", phase, host, state: "done", changed: 1, took: to - from, time: 1000 + to, at: to },
];

test("the way that decided leads back over what was waited for longest, and its stretches add up to the whole", () => {
  const events = [
    ...unit("connect", "h1", 0, 10),
    ...unit("gather-facts", "h1", 10, 30),
    ...unit("install", "h1", 50, 200),
    ...unit("install", "h2", 50, 400),
    ...unit("join", "h2", 400, 450),
    ...unit("wait-ready", "h1", 450, 900),
  ];
  const needs = new Map([
    ["join", [{ phase: "install", on: "here" as const }]],
    [
      "wait-ready",
      [
        { phase: "install", on: "first" as const },
        { phase: "join", on: "everywhere" as const },
      ],
    ],
  ]);
  expect(decisivePath(events, { started: 1000, ready: 890 }, needs, "h1")).toEqual([
    { step: "start and connect", from: 0, to: 10 },
    { step: "gather facts", from: 10, to: 30 },
    { step: "preflight, leases, comparison", from: 30, to: 50 },
    { step: "install on h2", from: 50, to: 400 },
    { step: "join on h2", from: 400, to: 450 },
    { step: "wait-ready on h1", from: 450, to: 890 },
  ]);
});

const newDocument = async (text: string): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "kbs-figures-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, "performance.md");
  await writeFile(file, text);
  return file;
};

test("figures replace those of the last time, and nothing else of the document", async () => {
  const file = await newDocument("above\n<!-- figures: written by npm run bench -->\nold\n<!-- end of figures -->\nbelow\n");
  await writeReport(file, "new\n");
  await writeReport(file, "newer\n");
  expect(await readFile(file, "utf8")).toBe(
    "above\n<!-- figures: written by npm run bench -->\n\nnewer\n\n<!-- end of figures -->\nbelow\n",
  );
});

test("a document without a place for figures is left as it is", async () => {
  const file = await newDocument("nothing here\n");
  await expect(writeReport(file, "new\n")).rejects.toThrow("has no place for figures");
  expect(await readFile(file, "utf8")).toBe("nothing here\n");
});

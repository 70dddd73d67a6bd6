import { describe, expect, test } from "vitest";
import type { Need } from "../../../src/changes/phase.ts";
import { criticalPath, gaps, type Step } from "../../../src/engine/report/critical-path.ts";

const step = (phase: string, host: string, from: number, to: number): Step => ({ phase, host, from, to });

const steps = [
  step("connect", "h1", 4, 10),
  step("gather-facts", "h1", 10, 30),
  step("install", "h1", 50, 200),
  step("install", "h2", 50, 400),
  step("join", "h2", 400, 450),
  step("wait-ready", "h1", 450, 900),
];
const needs = new Map<string, readonly Need[]>([
  ["join", [{ phase: "install", on: "here" }]],
  [
    "wait-ready",
    [
      { phase: "install", on: "first" },
      { phase: "join", on: "everywhere" },
    ],
  ],
]);
const order = { needs, first: "h1", survey: ["connect", "gather-facts"] };

describe("the critical path", () => {
  test("leads back over what was waited for longest, and its stretches add up to the whole", () => {
    expect(criticalPath(steps, order, steps.at(-1), 890)).toEqual([
      { step: gaps.start, from: 0, to: 4 },
      { step: "connect", from: 4, to: 10 },
      { step: "gather-facts", from: 10, to: 30 },
      { step: gaps.preparation, from: 30, to: 50 },
      { step: "install", host: "h2", from: 50, to: 400 },
      { step: "join", host: "h2", from: 400, to: 450 },
      { step: "wait-ready", host: "h1", from: 450, to: 890 },
    ]);
  });

  test("gives a step that stood in a queue only the time after what it needs was done", () => {
    const queued = [step("install", "h1", 0, 100), step("join", "h1", 5, 130)];
    expect(criticalPath(queued, order, queued.at(-1), 130).slice(-2)).toEqual([
      { step: "install", host: "h1", from: 0, to: 100 },
      { step: "join", host: "h1", from: 100, to: 130 },
    ]);
  });

  test("begins with a step that needs nothing, also where others were done before it began", () => {
    const late = [step("install", "h1", 50, 100), step("install", "h2", 150, 300)];
    expect(criticalPath(late, order, late.at(-1), 300).slice(-2)).toEqual([
      { step: gaps.preparation, from: 50, to: 150 },
      { step: "install", host: "h2", from: 150, to: 300 },
    ]);
  });

  test("leads through every round of a run that goes through its phases more than once", () => {
    const rounds = [
      step("install", "h1", 50, 100),
      step("join", "h1", 100, 120),
      { ...step("install", "h2", 150, 300), round: 2 },
      { ...step("join", "h2", 300, 330), round: 2 },
    ];
    expect(criticalPath(rounds, order, rounds.at(-1), 330).slice(4)).toEqual([
      { step: "install", host: "h1", from: 50, to: 100 },
      { step: "join", host: "h1", from: 100, to: 120 },
      { step: gaps.rounds, from: 120, to: 150 },
      { step: "install", host: "h2", from: 150, to: 300 },
      { step: "join", host: "h2", from: 300, to: 330 },
    ]);
  });

  test("of a run that came no further than its survey is that survey", () => {
    const path = criticalPath(steps.slice(0, 1), order, undefined, 15);
    expect(path.map(({ step: name, from, to }) => [name, from, to])).toEqual([
      [gaps.start, 0, 4],
      ["connect", 4, 10],
      ["gather-facts", 10, 10],
      [gaps.preparation, 10, 15],
    ]);
  });

  test("ends where needs go in a circle", () => {
    const circle = new Map<string, readonly Need[]>([["join", [{ phase: "join", on: "here" }]]]);
    const path = criticalPath(steps, { ...order, needs: circle }, steps[4], 450);
    expect(path.at(-1)).toEqual({ step: "join", host: "h2", from: 450, to: 450 });
  });
});

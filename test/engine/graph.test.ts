import { describe, expect, test } from "vitest";
import type { Phase } from "../../src/changes/phase.ts";
import { planUnits, readiness, type Unit, type UnitOutcome } from "../../src/engine/graph.ts";
import { act, phase, type World } from "./bench.ts";

const world: World = { hosts: ["h1", "h2", "h3"], story: [] };
const plan = (...phases: readonly Phase<World>[]): Unit<World>[] => planUnits(phases, world, "h1");
const unit = (units: readonly Unit<World>[], key: string): Unit<World> => {
  const found = units.find((candidate) => candidate.key === key);
  if (!found) throw new Error(`no unit ${key}`);
  return found;
};

describe("the units of a run", () => {
  test("are one for each phase and host, in the order of the phases", () => {
    expect(plan(phase("a"), phase("b", { hosts: () => ["h2"] })).map(({ key }) => key)).toEqual(["a@h1", "a@h2", "a@h3", "b@h2"]);
  });

  test("need the same host, the first host, or every host, as their phase says", () => {
    const units = plan(
      phase("a"),
      phase("b", {
        needs: [
          { phase: "a", on: "here" },
          { phase: "a", on: "first" },
          { phase: "a", on: "everywhere" },
        ],
      }),
    );
    expect(unit(units, "b@h2")).toMatchObject({ needsDone: ["a@h2", "a@h1"], needsEnded: ["a@h1", "a@h2", "a@h3"] });
  });

  test("need nothing of a phase that does not run on the host in question", () => {
    const units = plan(
      phase("a", { hosts: () => ["h3"] }),
      phase("b", {
        needs: [
          { phase: "a", on: "here" },
          { phase: "a", on: "first" },
        ],
      }),
    );
    expect(unit(units, "b@h2").needsDone).toEqual([]);
    expect(unit(units, "b@h3").needsDone).toEqual(["a@h3"]);
  });

  test("that need a phase which comes later or never are a bug", () => {
    const needs = [{ phase: "b", on: "here" }] as const;
    expect(() => plan(phase("a", { needs }), phase("b"))).toThrow("phase a needs b, which is not before it");
  });

  test("may stand in a queue behind what they need only where both are wishes of one lane of one host", () => {
    const needs = [{ phase: "a", on: "here" }] as const;
    const queuedBehind = (before: Phase<World>, after: Phase<World>): readonly string[] => [
      ...unit(plan(before, after), "b@h2").needsQueued,
    ];
    expect(queuedBehind(phase("a"), phase("b", { needs }))).toEqual(["a@h2"]);
    expect(queuedBehind(phase("a"), phase("b", { needs, lane: "images" }))).toEqual([]);
    expect(queuedBehind(phase("a", { lane: "images" }), phase("b", { needs, lane: "images" }))).toEqual(["a@h2"]);
    expect(queuedBehind(act("a"), phase("b", { needs }))).toEqual([]);
    expect(queuedBehind(phase("a"), act("b", { needs }))).toEqual([]);
    expect([...unit(plan(phase("a"), phase("b", { needs: [{ phase: "a", on: "first" }] })), "b@h2").needsQueued]).toEqual([]);
  });
});

describe("a unit", () => {
  const units = plan(
    phase("a"),
    act("b"),
    phase("c", {
      needs: [
        { phase: "a", on: "here" },
        { phase: "b", on: "first" },
        { phase: "b", on: "everywhere" },
      ],
    }),
  );
  const ready = (outcomes: Readonly<Record<string, UnitOutcome>>, queued: readonly string[] = [], lost: readonly string[] = []) =>
    readiness(unit(units, "c@h2"), new Map(Object.entries(outcomes)), new Set(queued), new Set(lost));
  const others = { "b@h1": "done", "b@h2": "done", "b@h3": "done" } as const;

  test("starts when all it needs is done", () => {
    expect(ready({})).toBe("wait");
    expect(ready(others)).toBe("wait");
    expect(ready({ ...others, "a@h2": "done" })).toBe("start");
  });

  test("starts when what it follows in its queue stands there", () => {
    expect(ready(others, ["a@h2"])).toBe("start");
    expect(ready(others, ["a@h1"])).toBe("wait");
  });

  test("does not wait for the success of a host that it only waits for", () => {
    expect(ready({ ...others, "a@h2": "done", "b@h3": "failed" })).toBe("start");
    expect(ready({ "b@h1": "done", "b@h2": "done", "a@h2": "done" })).toBe("wait");
  });

  test.each(["failed", "skipped", "cancelled"] as const)("is skipped, with the reason, when what it needs was %s", (outcome) => {
    expect(ready({ ...others, "b@h1": outcome })).toEqual({ skip: "it needs b on h1, which was not done" });
  });

  test("of a host that was lost is skipped, whatever it needs", () => {
    expect(ready({ ...others, "a@h2": "done" }, [], ["h2"])).toEqual({ skip: "an earlier step failed on this host" });
    expect(ready({ ...others, "a@h2": "done" }, [], ["h1"])).toBe("start");
  });
});

import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { BinaryChange } from "../../src/changes/change.ts";
import { collectUnits } from "../../src/engine/report/units.ts";
import { file, go, machines, phase, type Trial } from "./bench.ts";

const content = Buffer.from("a program");
const hex = createHash("sha256").update(content).digest("hex");
const program: BinaryChange = {
  kind: "binary",
  path: "/one",
  mode: 0o755,
  digest: hex,
  blob: { digest: `sha256:${hex}`, size: content.length },
  encoding: "raw",
};
const blobs = new Map([[`sha256:${hex}`, content]]);

const storyOf = ({ events }: Trial, id: string): readonly string[] =>
  events.flatMap((event) => ("phase" in event && event.phase === id && event.type !== "phase-planned" ? [event.type] : []));

describe("a run tells what a report asks for:", () => {
  test("what each phase waits for, and which host is the first", async () => {
    const needs = [{ phase: "a", on: "here" as const }];
    const { events } = await go({ phases: [phase("a"), phase("b", { needs })], machines: machines("h1", "h2") });
    expect(events.filter(({ type }) => type === "phase-planned")).toMatchObject([
      { phase: "a", needs: [], first: "h1" },
      { phase: "b", needs, first: "h1" },
    ]);
  });

  test("that a unit waits for its content, and that it goes on", async () => {
    const install = phase("install", { early: true, wish: () => [program] });
    const trial = await go({ phases: [install], machines: machines("h1"), blobs });
    expect(storyOf(trial, "install")).toEqual(["unit-started", "waiting", "working", "change", "unit-ended"]);
    expect(trial.events.find(({ type }) => type === "waiting")).toMatchObject({ reason: "its content to arrive", content: true });
  });

  test("no wait of what needs no content, and none of what is there already", async () => {
    const plain = await go({ phases: [phase("plain", { wish: () => [file("/x")] })], machines: machines("h1") });
    expect(storyOf(plain, "plain")).toEqual(["unit-started", "change", "unit-ended"]);
    const all = machines("h1");
    const install = phase("install", { early: true, wish: () => [program] });
    await go({ phases: [install], machines: all, blobs });
    expect(storyOf(await go({ phases: [install], machines: all, blobs }), "install")).toEqual(["unit-started", "change", "unit-ended"]);
  });

  test("a beginning and an end of every unit that a reader can pair", async () => {
    const { events } = await go({ phases: [phase("a"), phase("b")], machines: machines("h1", "h2") });
    const units = collectUnits();
    for (const [at, event] of events.entries()) units.take({ ...event, time: at, at });
    expect(units.all(events.length).map(({ phase: id, host, state, begun }) => [id, host, state, begun])).toEqual(
      expect.arrayContaining(["a", "b"].flatMap((id) => ["h1", "h2"].map((host) => [id, host, "done", true]))),
    );
  });
});

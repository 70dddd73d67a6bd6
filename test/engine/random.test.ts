import { expect, test } from "vitest";
import type { Change } from "../../src/changes/change.ts";
import type { Need, Phase } from "../../src/changes/phase.ts";
import { act, file, go, machines, phase, type World } from "./bench.ts";

/** A generator of numbers from 0 to 1, the same for the same seed (mulberry32). */
const random = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

const seeds = Array.from({ length: 150 }, (_, seed) => seed);
const places = ["here", "here", "first", "everywhere"] as const;
const names = ["h1", "h2", "h3"];

/** Phases that need earlier ones at random, on hosts at random, some acting, some in another lane, some looked at early. */
const randomPhases = (next: () => number): readonly Phase<World>[] => {
  const phases: Phase<World>[] = [];
  for (let nth = 0; nth < 12; nth++) {
    const needs = phases
      .filter(() => next() < 0.3)
      .map(({ id }): Need => ({ phase: id, on: places[Math.floor(next() * places.length)] ?? "here" }));
    const on = next() < 0.7 ? names : names.filter(() => next() < 0.5);
    const id = `p${nth}`;
    const more = { needs, hosts: () => on, ...(next() < 0.3 && { lane: "images" as const }), ...(next() < 0.4 && { early: true }) };
    const wish = (): Change[] => [file(`/${id}`), file(`/${id}-more`)];
    phases.push(next() < 0.25 ? act(id, { needs, hosts: () => on }) : phase(id, { ...more, wish }));
  }
  return phases;
};

test.each(seeds)(
  "whatever depends on whatever (seed %i), every unit ends once, in order, and a failure spoils only what builds on it",
  async (seed) => {
    const next = random(seed);
    const phases = randomPhases(next);
    const all = machines(...names);
    const broken = next() < 0.6 ? { host: names[Math.floor(next() * 3)], path: `/p${Math.floor(next() * 12)}` } : undefined;
    for (const machine of all) {
      machine.before = () => (next() < 0.5 ? new Promise((resolve) => setImmediate(resolve)) : undefined);
      if (machine.name === broken?.host) machine.nodes.set(broken.path, { type: "directory", mode: 0o755, content: Buffer.alloc(0) });
    }
    const { result, events } = await go({ phases, machines: all, concurrency: 1 + Math.floor(next() * 4) });
    const units = phases.flatMap(({ id, hosts }) => hosts({ hosts: names, story: [] }).map((host) => `${id}@${host}`));
    const ended = events.flatMap((event) => (event.type === "unit-ended" ? [`${event.phase}@${event.host}`] : []));
    expect(ended.toSorted()).toEqual(units.toSorted());

    const stateOf = (unit: string): string => result.outcomes.get(unit) ?? "none";
    for (const { id, needs = [] } of phases) {
      for (const host of names.filter((name) => units.includes(`${id}@${name}`))) {
        const unit = `${id}@${host}`;
        const built = needs.filter(({ on }) => on !== "everywhere").map((need) => `${need.phase}@${need.on === "here" ? host : "h1"}`);
        const isWhole = built.every((other) => !units.includes(other) || stateOf(other) === "done");
        const before = needs.flatMap((need) =>
          need.on === "everywhere" ? units.filter((other) => other.startsWith(`${need.phase}@`)) : [],
        );
        const isAfter = before.every((other) => ended.indexOf(other) < ended.indexOf(unit));
        // What is done stands on what is done, and after what it waits for; what failed or was skipped had a reason.
        const isRight = stateOf(unit) === "done" ? isWhole && isAfter : !isWhole || host === broken?.host;
        expect([unit, isRight]).toEqual([unit, true]);
      }
    }
    expect(result.failures.length).toBeLessThanOrEqual(1);
    const made = all.flatMap(({ nodes }) => [...nodes.values()].filter(({ type }) => type === "regular file"));
    expect(result.changed).toBeLessThanOrEqual(made.length);

    // Once what was in the way is gone, the same run again does the rest, and a third one nothing.
    for (const machine of all) if (machine.name === broken?.host) machine.nodes.delete(broken.path);
    const again = await go({ phases, machines: all });
    expect([again.result.failures, [...again.result.outcomes.values()].every((outcome) => outcome === "done")]).toEqual([[], true]);
    expect((await go({ phases, machines: all })).result.changed).toBe(0);
  },
);

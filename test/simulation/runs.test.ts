import { afterAll, beforeAll, expect, test } from "vitest";
import { inVirtualTime } from "./clock.ts";
import { perform, sixTroubled } from "./perform.ts";
import { cancelAnytime, failAnywhere } from "./properties.ts";
import { namesOf, openStage, prepareScenario, type Stage } from "./scenario.ts";
import { traceRun } from "./trace.ts";

/** Milliseconds: some seconds on a machine that has nothing else to do. */
const timeout = 180_000;

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.leave());

test("whatever fails where, units end once and in order, what can be done is done, and a rerun does the rest", { timeout }, async () => {
  expect(await failAnywhere(stage, [4, 6, 10, 19])).toEqual([]);
});

test("a run that is cancelled ends soon, holds no host any more, and is taken up by the next", { timeout }, async () => {
  expect(await cancelAnytime(stage, [101, 102, 103])).toEqual([]);
});

test("500 hosts are surveyed and judged within ten seconds, at the usual concurrency", { timeout }, async () => {
  const { exit, seconds, named } = await perform("preflight", 500, 1);
  expect([exit, named]).toEqual(["done", []]);
  expect(seconds).toBeLessThan(10);
});

test("of a slow host and five dead ones exactly these are named, and the others become a cluster", { timeout }, async () => {
  const { six } = sixTroubled(24, 7);
  const { exit, named, touched } = await perform("faults", 24, 7);
  expect([exit, named, touched]).toEqual(["unreachable", six.toSorted(), 24 - 5]);
});

test("without --keep-going nothing is changed anywhere when one is dead", { timeout }, async () => {
  const { exit, touched } = await perform("refused", 24, 7);
  expect([exit, touched]).toEqual(["unreachable", 0]);
});

test("the same seed tells the same story of every host", { timeout }, async () => {
  const names = namesOf(3);
  const story = async (): Promise<readonly string[]> => {
    const trace = traceRun();
    const scenario = await prepareScenario(stage, { seed: 5, hosts: 3, sinks: [trace.sink] });
    await inVirtualTime(() => scenario.create());
    const ends = trace.events.flatMap((event) => (event.type === "unit-ended" ? [event] : []));
    return names.flatMap((name) =>
      ends.filter(({ host }) => host === name).map(({ phase, state, changed }) => `${name} ${phase} ${state} ${changed}`),
    );
  };
  const first = await story();
  expect(await story()).toEqual(first);
  expect(first.length).toBeGreaterThan(40);
});

import { afterAll, beforeAll, expect, test } from "vitest";
import { cancelAnytime, failAnywhere } from "../simulation/properties.ts";
import { openStage, type Stage } from "../simulation/scenario.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.leave());

const seedsFrom = (first: number, count: number): readonly number[] => Array.from({ length: count }, (_, nth) => first + nth);

test("whatever fails where, units end once and in order, what can be done is done, and a rerun does the rest: 200 seeds", async () => {
  for (let first = 1; first <= 200; first += 10) expect(await failAnywhere(stage, seedsFrom(first, 10))).toEqual([]);
});

test("a run that is cancelled ends soon, holds no host any more, and is taken up by the next: 100 seeds", async () => {
  for (let first = 1; first <= 100; first += 10) expect(await cancelAnytime(stage, seedsFrom(first, 10))).toEqual([]);
});

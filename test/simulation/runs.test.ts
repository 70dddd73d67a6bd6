import { afterAll, beforeAll, expect, test } from "vitest";
import { cancelAnytime, failAnywhere } from "./properties.ts";
import { openStage, type Stage } from "./scenario.ts";

/** Milliseconds: some seconds on a machine that has nothing else to do. */
const timeout = 180_000;

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.leave());

test("whatever fails where, units end once and in order, what can be done is done, and a rerun does the rest", { timeout }, async () => {
  expect(await failAnywhere(stage, [4, 5, 6, 8, 10, 12])).toEqual([]);
});

test("a run that is cancelled ends soon, holds no host any more, and is taken up by the next", { timeout }, async () => {
  expect(await cancelAnytime(stage, [101, 102, 103, 104])).toEqual([]);
});

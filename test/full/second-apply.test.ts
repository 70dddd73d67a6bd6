import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Lab, startLab } from "../lab/index.ts";
import { hostTree } from "../support/host-tree.ts";
import { type Operator, operatorOf } from "../support/operator.ts";
import { changed, expectDone, type PlanBench, planBench } from "../support/plan-bench.ts";

// A control plane and four workers that are as their file says.

let lab: Lab;
let operator: Operator;
let bench: PlanBench;

beforeAll(async () => {
  lab = await startLab({ hosts: 5 });
  operator = await operatorOf(lab);
  bench = planBench(lab, operator);
  expectDone(await bench.apply(...bench.fleet));
});
afterAll(async () => {
  await operator?.leave();
  await lab?.stop();
});

/** Versions of what kbs applies: pods are their controllers', and kubelets write to their state when they like. */
const versions = async (): Promise<readonly string[]> => (await bench.versions()).filter((line) => !line.startsWith("Pod/"));

/** Milliseconds, on a machine that does nothing else. */
const fast = 3000;

test("a second apply changes and restarts nothing, is quick, and no object moves in the two minutes after it", async () => {
  await bench.atRest();
  const objects = await versions();
  const trees = lab.hosts.flatMap(hostTree);
  const took: number[] = [];
  for (const _ of [1, 2, 3]) {
    const began = Date.now();
    const run = await bench.apply(...bench.fleet);
    took.push(Date.now() - began);
    expectDone(run);
    expect(changed(run.events)).toEqual([]);
  }
  console.log(`second applies took ${took.join(", ")} ms`);
  expect(lab.hosts.flatMap(hostTree)).toEqual(trees);
  await sleep(120_000);
  expect(await versions()).toEqual(objects);
  expect(Math.min(...took)).toBeLessThanOrEqual(fast);
});

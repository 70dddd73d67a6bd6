import { afterAll, beforeAll, expect, test } from "vitest";
import { type Lab, startLab } from "../lab/index.ts";
import { asFound, type Found, sinceFound } from "../support/as-found.ts";
import { votersOn } from "../support/etcd-on-host.ts";
import { eventsOf } from "../support/events.ts";
import { type Operator, operatorOf } from "../support/operator.ts";
import { changed, expectDone, type PlanBench, planBench } from "../support/plan-bench.ts";

// The largest control plane that people make, without a worker; every test goes on where the one before it stopped.

let lab: Lab;
let operator: Operator;
let bench: PlanBench;
let before: Found;

const planes = ["h1", "h2", "h3", "h4", "h5"];

const voters = (): Promise<readonly string[]> => votersOn(bench.host("h1"));

const run = async (words: readonly string[]) => {
  const ended = await operator.start([...words, "-o", "json"]).ended;
  return { ...ended, events: eventsOf(ended.stdout) };
};

beforeAll(async () => {
  lab = await startLab({ hosts: planes.length });
  operator = await operatorOf(lab, { roles: planes.map(() => ["control-plane"]) });
  bench = planBench(lab, operator);
  before = await asFound(lab.hosts);
});
afterAll(async () => {
  await operator?.leave();
  await lab?.stop();
});

test("five bare hosts become five control planes, each with a vote in etcd, and a second run changes nothing", async () => {
  expectDone(await run(operator.create));
  expect(await voters()).toEqual(planes);
  expect(changed((await run(operator.create)).events)).toEqual([]);
});

test("one leaves, the others go on, and it comes back", async () => {
  expectDone(await run(["delete", "node", "h5", "-f", "c.yaml", "--yes"]));
  expect(await voters()).toEqual(planes.slice(0, 4));
  expectDone(await run(operator.create));
  expect(await voters()).toEqual(planes);
});

test("delete cluster gives all of them back", async () => {
  expectDone(await run(["delete", "cluster", "-f", "c.yaml", "--yes"]));
  expect(sinceFound(before, await asFound(lab.hosts))).toEqual([]);
});

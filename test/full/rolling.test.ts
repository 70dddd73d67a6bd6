import { afterAll, beforeAll, expect, test } from "vitest";
import { type Lab, startLab } from "../lab/index.ts";
import type { KbsEvent } from "../support/events.ts";
import { hostTree } from "../support/host-tree.ts";
import { type Operator, operatorOf } from "../support/operator.ts";
import { type Config, changed, expectDone, type PlanBench, planBench } from "../support/plan-bench.ts";

// A control plane and two workers that live, and a third worker that comes later.

let lab: Lab;
let operator: Operator;
let bench: PlanBench;
let late: Config["spec"]["hosts"];

beforeAll(async () => {
  lab = await startLab({ hosts: 4 });
  operator = await operatorOf(lab);
  bench = planBench(lab, operator);
  await bench.edit(({ spec: { hosts } }) => void (late = hosts.splice(3)));
  expectDone(await bench.apply(...bench.fleet));
});
afterAll(async () => {
  await operator?.leave();
  await lab?.stop();
});

const kubelet = (setting: Readonly<Record<string, unknown>>): Promise<void> =>
  bench.edit(({ spec: { kubernetes } }) => void (kubernetes.kubelet = { ...kubernetes.kubelet, ...setting }));

const isChange = ({ type, state }: KbsEvent): boolean => type === "change" && state === "changed";

test("a member that does not come back stops the change of the others, and who was touched is said", async () => {
  await bench.atRest();
  const before = lab.hosts.slice(1).flatMap(hostTree);
  await kubelet({ evictionHard: { "memory.available": "nonsense" } });
  const { code, stderr } = await bench.kbs("apply", ...bench.fleet, "--yes");
  expect(code).toBe(5);
  expect(stderr).toContain("changing h1 did not end well, so no other host was touched");
  expect(stderr).toContain("not touched: h2, h3");
  expect(lab.hosts.slice(1).flatMap(hostTree)).toEqual(before);
});

test("the setting taken back, a plain rerun mends the one that was begun", async () => {
  await kubelet({ evictionHard: undefined });
  const run = await bench.apply(...bench.fleet);
  expectDone(run);
  expect(new Set(changed(run.events).map((change) => change.split(" ")[0]))).toEqual(new Set(["h1"]));
  expect((await bench.plan("--detailed-exitcode")).code).toBe(0);
});

test("a manifest that was only touched is looked into once, and then left alone", async () => {
  expect((await bench.host("h1").run("touch /etc/kubernetes/manifests/kube-scheduler.yaml")).code).toBe(0);
  const { json } = await bench.plan();
  expect([json.changes, json.unfinished]).toEqual([0, ["Start the controllers on h1"]]);
  const run = await bench.apply(...bench.fleet);
  expectDone(run);
  expect(changed(run.events)).toEqual([]);
  expect((await bench.plan("--detailed-exitcode")).code).toBe(0);
});

test("control planes first and proven healthy, then workers as many at once as may be away, then hosts that are new", async () => {
  await kubelet({ maxPods: 88 });
  await bench.edit(({ spec }) => void spec.hosts.push(...late));
  const { json } = await bench.plan("--max-unavailable", "2");
  expect(json.rolling).toEqual([["h1"], ["h2", "h3"]]);
  const run = await bench.apply(...bench.fleet, "--max-unavailable", "2");
  expectDone(run);
  const proofs = run.events.flatMap(({ type, phase, host = "" }, index) =>
    type === "unit-ended" && phase === "prove-health" ? [{ host, index }] : [],
  );
  expect(proofs.map(({ host }) => host).toSorted()).toEqual(["h1", "h2", "h3"]);
  const place = (name: string): number => proofs.find(({ host }) => host === name)?.index ?? -1;
  const firstChange = (host: string): number => run.events.findIndex((event) => event.host === host && isChange(event));
  for (const worker of ["h2", "h3"]) expect(firstChange(worker)).toBeGreaterThan(place("h1"));
  expect(firstChange("h4")).toBeGreaterThan(Math.max(place("h2"), place("h3")));
  const pods = await bench.kubectl(`get nodes -o 'jsonpath={range .items[*]}{.metadata.name} {.status.allocatable.pods} {end}'`);
  expect(pods.trim()).toBe("h1 88 h2 88 h3 88 h4 88");
});

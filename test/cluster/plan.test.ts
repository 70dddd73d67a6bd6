import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { PlanJson } from "../../src/engine/plan/json.ts";
import { type Lab, startLab } from "../lab/index.ts";
import { hostTree } from "../support/host-tree.ts";
import { type Operator, operatorOf } from "../support/operator.ts";
import { changed, expectDone, type PlanBench, planBench, planned, restarts } from "../support/plan-bench.ts";

// A control plane and a worker, from bare machines on; every test goes on where the one before it stopped.

let lab: Lab;
let operator: Operator;
let bench: PlanBench;

beforeAll(async () => {
  lab = await startLab({ hosts: 2 });
  operator = await operatorOf(lab);
  bench = planBench(lab, operator);
  await bench.edit(({ spec: { hosts } }) => hosts.slice(1).forEach((worker) => (worker.labels = { disk: "ssd", tier: "front" })));
});
afterAll(async () => {
  await operator?.leave();
  await lab?.stop();
});

const trees = (): string[] => lab.hosts.flatMap(hostTree);

/** What a run would leave behind: its name, its locks, each with its time. */
const locks = async (): Promise<string[]> =>
  await Promise.all(lab.hosts.map(async (host) => (await host.run("ls -lA --time-style=full-iso /run/kbs")).stdout));

const savedAt = (name: string): string => join(operator.directory, name);

/** Not so: what is compared through an API that is yet to come, and accounts that a controller would make by itself. */
const foreseeable = (change: string): boolean => !/ (ServiceAccount|labels of|taints of|object:)/.test(change);

test("a plan for bare hosts says what a create would do, and touches nothing", async () => {
  const before = trees();
  const { code, json, stderr } = await bench.plan("--detailed-exitcode", "--out", savedAt("fresh.kbs"));
  expect({ code, stderr }).toEqual({ code: 10, stderr: "" });
  expect(trees()).toEqual(before);
  // Neither is anything locked.
  for (const host of lab.hosts) expect((await host.run("[ ! -e /run/kbs ] && [ ! -e /var/lib/kbs ]")).code).toBe(0);
  expect(json.isNew).toBe(true);
  const some = [
    "h1 path:/etc/kubernetes/manifests/etcd.yaml",
    "h1 bootstrap token",
    "h2 path:/etc/kubernetes/pki/ca.crt",
    "h2 service:kubelet.service",
  ];
  expect(planned(json)).toEqual(expect.arrayContaining(some));
  for (const { bytes } of json.hosts) expect(bytes).toBeGreaterThan(10_000_000);
  expect([restarts(json), json.rolling]).toEqual([[], []]);
  expect((await stat(savedAt("fresh.kbs"))).mode & 0o777).toBe(0o600);
});

test("a saved plan is applied: it makes the cluster, what it has said is what is changed, and it holds only once", async () => {
  const saved: { plan: PlanJson } = JSON.parse(await readFile(savedAt("fresh.kbs"), "utf8"));
  const run = await bench.apply(savedAt("fresh.kbs"));
  expectDone(run);
  expect(changed(run.events).filter(foreseeable)).toEqual(planned(saved.plan).filter(foreseeable));
  const again = await bench.kbs("apply", savedAt("fresh.kbs"), "--yes");
  expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining("h2 has joined meanwhile") });
});

test("a plan for a finished cluster finds nothing, by a look that moves neither file nor object", async () => {
  const objects = await bench.atRest();
  const [before, locked] = [trees(), await locks()];
  const { code, json, stderr } = await bench.plan("--detailed-exitcode");
  const { waits, pending } = json;
  expect({ code, stderr, changes: planned(json), waits, pending }).toEqual({ code: 0, stderr: "", changes: [], waits: [], pending: false });
  expect(trees()).toEqual(before);
  expect(await locks()).toEqual(locked);
  expect(await bench.versions()).toEqual(objects);
  const { code: done, events } = await bench.apply(...bench.fleet);
  expect([done, changed(events), trees()]).toEqual([0, [], before]);
});

test("a manifest edited, a sysctl changed and a label removed are precisely what a plan tells and an apply mends", async () => {
  const manifest = "/etc/kubernetes/manifests/kube-scheduler.yaml";
  const edited = await bench
    .host("h1")
    .run(`sed -i 's/^    - --leader-elect=true$/&\\n    - --v=3/' ${manifest} && grep -- --v=3 ${manifest}`);
  expect(edited.code).toBe(0);
  expect((await bench.host("h2").run("echo 0 >/proc/sys/net/ipv4/ip_forward")).code).toBe(0);
  await bench.kubectl("label node h2 disk-");
  const three = [`h1 path:${manifest}`, "h2 labels of node h2", "h2 sysctl:net.ipv4.ip_forward"];
  const { json } = await bench.plan("--out", savedAt("stale.kbs"));
  expect([planned(json), restarts(json), json.rolling]).toEqual([three, ["h1 static pod kube-scheduler"], [["h1"]]]);
  const { stdout } = await bench.kbs("plan", ...bench.fleet);
  expect(stdout).toMatch(/^ +-    - --v=3$/m);
  expect(stdout).toMatch(/sysctl net\.ipv4\.ip_forward {2}is 0, not 1/);
  expect(stdout).toMatch(/metadata\.labels\.disk: .*ssd/);
  const run = await bench.apply(...bench.fleet);
  expectDone(run);
  expect(changed(run.events)).toEqual(three);
  expect((await bench.plan("--detailed-exitcode")).code).toBe(0);
});

test("a plan that was saved before is refused with the facts that have changed, and changes nothing", async () => {
  const before = trees();
  const { code, stderr } = await bench.kbs("apply", savedAt("stale.kbs"), "--yes");
  expect(code).toBe(2);
  expect(stderr).toMatch(/h1: \/etc\/kubernetes\/manifests\/kube-scheduler\.yaml has changed since the plan was made/);
  expect(stderr).toMatch(/h2: sysctl net\.ipv4\.ip_forward has changed since the plan was made \(it was: is 0, not 1; it is: as wished\)/);
  expect(trees()).toEqual(before);
});

test("flags, a kubelet's setting, a certificate's name and a label that is gone are applied to one member after another", async () => {
  await bench.edit(({ spec: { hosts, kubernetes } }) => {
    for (const worker of hosts.slice(1)) worker.labels = { disk: "ssd" };
    kubernetes.kubelet = { ...kubernetes.kubelet, maxPods: 77 };
    kubernetes["apiServer"] = { extraArgs: { "max-requests-inflight": "399" }, certSANs: ["api.example.com"] };
  });
  const { json } = await bench.plan("--out", savedAt("change.kbs"));
  expect(json.rolling).toEqual([["h1"], ["h2"]]);
  expect(restarts(json)).toEqual(["h1 kubelet.service", "h1 static pod kube-apiserver", "h2 kubelet.service"]);
  const run = await bench.apply(savedAt("change.kbs"));
  expectDone(run);
  expect(changed(run.events)).toEqual(planned(json));
  const restarted = run.events.filter(({ change, state }) => change === "service:kubelet.service" && state === "changed");
  expect(restarted.map(({ host }) => host)).toEqual(["h1", "h2"]);
  expect(await bench.kubectl("get node h2 -o 'jsonpath={.status.allocatable.pods} {.metadata.labels.disk} {.metadata.labels.tier}'")).toBe(
    "77 ssd ",
  );
  expect(await bench.kubectl("get pod -n kube-system kube-apiserver-h1 -o 'jsonpath={.spec.containers[0].command}'")).toContain(
    "--max-requests-inflight=399",
  );
  const names = "openssl x509 -in /etc/kubernetes/pki/apiserver.crt -noout -ext subjectAltName";
  expect((await bench.host("h1").run(names)).stdout).toContain("DNS:api.example.com");
  const again = await bench.apply(...bench.fleet);
  expectDone(again);
  expect(changed(again.events)).toEqual([]);
});

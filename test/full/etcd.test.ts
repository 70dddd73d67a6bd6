import { afterAll, beforeAll, expect, test } from "vitest";
import { type Lab, type LabHost, startLab } from "../lab/index.ts";
import { asFound, type Found, sinceFound } from "../support/as-found.ts";
import { type Operator, operatorOf } from "../support/operator.ts";
import { type Config, changed, expectDone, type PlanBench, planBench } from "../support/plan-bench.ts";

// A control plane, a worker, and etcd on hosts of its own: one, then three, then two. Bare hosts before; every test goes on where the one before it stopped.

let lab: Lab;
let operator: Operator;
let bench: PlanBench;
let before: Found = [];
let late: Config["spec"]["hosts"] = [];

beforeAll(async () => {
  lab = await startLab({ hosts: 5 });
  operator = await operatorOf(lab, {
    roles: [["control-plane"], ["worker"], ["etcd"], ["etcd"], ["etcd"]],
    spec: { etcd: { mode: "dedicated" } },
  });
  bench = planBench(lab, operator);
  await bench.edit(({ spec: { hosts } }) => void (late = hosts.splice(3)));
  before = await asFound(lab.hosts);
});
afterAll(async () => {
  await operator?.leave();
  await lab?.stop();
});

const must = async (host: LabHost, script: string): Promise<string> => {
  const { code, stdout, stderr } = await host.run(script, { timeout: 60_000 });
  return code === 0 ? stdout : expect.fail(`${host.name}: ${script}: ${stderr}`);
};

const pki = "/etc/kubernetes/pki/etcd";
const flags = `--endpoints=https://127.0.0.1:2379 --cacert=${pki}/ca.crt --cert=${pki}/healthcheck-client.crt --key=${pki}/healthcheck-client.key`;

/** Members by name as one of them lists them; a learner is told. */
const members = async (name: string): Promise<readonly string[]> => {
  const listed = await must(bench.host(name), `etcdctl ${flags} member list -w json`);
  const { members: all }: { members: readonly { readonly name?: string; readonly isLearner?: boolean }[] } = JSON.parse(listed);
  return all.map(({ name: own = "", isLearner = false }) => `${own}${isLearner ? " learner" : ""}`).toSorted();
};

/** Where the API server of the control plane finds etcd, by hosts. */
const usedByApiServer = async (): Promise<readonly string[]> => {
  const used = await must(bench.host("h1"), "sed -n 's/^ *- --etcd-servers=//p' /etc/kubernetes/manifests/kube-apiserver.yaml");
  return used
    .trim()
    .split(",")
    .flatMap((url) => lab.hosts.filter(({ address }) => url === `https://${address}:2379`).map(({ name }) => name));
};

const expectNothingToDo = async (): Promise<void> => {
  const run = await bench.apply(...bench.fleet);
  expectDone(run);
  expect(changed(run.events)).toEqual([]);
  expect((await bench.plan("--detailed-exitcode")).code).toBe(0);
};

test("bare hosts become a cluster whose etcd is on a host of its own, which has no kubelet and is no node", async () => {
  expectDone(await bench.apply(...bench.fleet));
  expect(await members("h3")).toEqual(["h3"]);
  expect(await usedByApiServer()).toEqual(["h3"]);
  expect((await bench.kubectl("get nodes -o name")).trim().split("\n")).toEqual(["node/h1", "node/h2"]);
  expect(await bench.kubectl("get pods -A -o name")).not.toContain("pod/etcd-");
  const there =
    "for path in /etc/kubernetes/manifests /var/lib/kubelet /var/lib/containerd /etc/kubernetes/pki/etcd/ca.key; do [ ! -e $path ] || echo $path; done";
  expect(await must(bench.host("h3"), there)).toBe("");
});

test("a second run changes nothing, and a plan foresees nothing", async () => {
  await expectNothingToDo();
  expect(await members("h3")).toEqual(["h3"]);
});

test("status tells the member, that all is ready, and whose the certificates are", async () => {
  const { code, stdout } = await bench.kbs("status", "-f", "c.yaml");
  expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining("everything is ready") });
  expect(stdout).toMatch(/h3 +https:\/\/\S+:2380 +voter +healthy/);
});

test("two more hosts join etcd before the API server is told of them", async () => {
  await bench.edit(({ spec: { hosts } }) => void hosts.push(...late));
  expect((await bench.plan()).json.rolling).toEqual([["h4"], ["h5"], ["h1"]]);
  expectDone(await bench.apply(...bench.fleet));
  expect(await members("h3")).toEqual(["h3", "h4", "h5"]);
  expect(await usedByApiServer()).toEqual(["h3", "h4", "h5"]);
  // Each was started once, with those who were members then.
  for (const [name, count] of [
    ["h4", 2],
    ["h5", 3],
  ] as const) {
    const words = await must(bench.host(name), "sed -n 's/^ *--initial-cluster=\\([^ ]*\\).*/\\1/p' /etc/systemd/system/etcd.service");
    expect(words.trim().split(",")).toHaveLength(count);
  }
  await expectNothingToDo();
});

test("a changed setting restarts one member after another, each proven healthy before the next", async () => {
  await bench.edit(
    ({ spec }) => void Object.assign(spec, { etcd: { mode: "dedicated", extraArgs: { "quota-backend-bytes": "4000000000" } } }),
  );
  expect((await bench.plan()).json.rolling).toEqual([["h3"], ["h4"], ["h5"]]);
  const run = await bench.apply(...bench.fleet);
  expectDone(run);
  const proven = run.events.flatMap(({ type, phase, host }) => (type === "unit-ended" && phase === "prove-health" ? [host] : []));
  expect(proven).toEqual(["h3", "h4", "h5"]);
  for (const name of ["h3", "h4", "h5"])
    expect(await must(bench.host(name), "tr '\\0' ' ' </proc/$(pidof etcd)/cmdline")).toContain("4000000000");
});

test("a member that is stopped is named by diagnose", async () => {
  await must(bench.host("h4"), "systemctl stop etcd");
  const { code, stdout } = await bench.kbs("diagnose", "-f", "c.yaml");
  expect({ code, stdout }).toMatchObject({ code: 5, stdout: expect.stringContaining("etcd was stopped") });
  await must(bench.host("h4"), "systemctl start etcd");
});

test("a stacked etcd is refused for a cluster that lives", async () => {
  const hosts: Config["spec"]["hosts"] = [];
  await bench.edit(({ spec }) => {
    hosts.push(...spec.hosts.splice(2));
    Object.assign(spec, { etcd: { mode: "stacked" } });
  });
  const { code, stderr } = await bench.kbs("apply", ...bench.fleet, "--yes");
  expect({ code, stderr }).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("spec.etcd.mode is stacked, but etcd of the cluster"),
  });
  await bench.edit(({ spec }) => {
    spec.hosts.push(...hosts);
    Object.assign(spec, { etcd: { mode: "dedicated", extraArgs: { "quota-backend-bytes": "4000000000" } } });
  });
});

test("an etcd host is deleted after a snapshot, and the API server forgets it with the next apply", async () => {
  const { code, stderr } = await bench.kbs("delete", "node", "h3", "-f", "c.yaml", "--yes");
  expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
  expect(await members("h4")).toEqual(["h4", "h5"]);
  expect(await must(bench.host("h4"), "ls /var/lib/kbs/snapshots")).toMatch(/before-h3\.db/);
  expect(
    sinceFound(
      before.filter((line) => line.startsWith("h3 ")),
      await asFound([bench.host("h3")]),
    ),
  ).toEqual([]);
  await bench.edit(({ spec }) => void spec.hosts.splice(2, 1));
  expectDone(await bench.apply(...bench.fleet));
  expect(await usedByApiServer()).toEqual(["h4", "h5"]);
  await expectNothingToDo();
});

test("delete cluster gives all hosts back", async () => {
  const { code, stderr } = await bench.kbs("delete", "cluster", "-f", "c.yaml", "--yes");
  expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
  expect(sinceFound(before, await asFound(lab.hosts))).toEqual([]);
});

import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openKube } from "../../src/kube/client.ts";
import { nodeReady } from "../../src/kube/ready.ts";
import type { Kube } from "../../src/kube/types.ts";
import { readKubeconfig } from "../../src/pki/kubeconfig/kubeconfig.ts";
import { type Lab, startLab } from "../lab/index.ts";
import { until } from "../lab/process.ts";
import { etcdOn, votersOn } from "../support/etcd-on-host.ts";
import { type Operator, operatorOf } from "../support/operator.ts";
import { changed, expectDone, type PlanBench, planBench } from "../support/plan-bench.ts";
import { startWriter, type Writer } from "../support/writer.ts";

// Three control planes and a worker with a proxy of its own, bare hosts before; every test goes on where the one before it stopped. What is written
// meanwhile is written on the worker, through the cluster's endpoint.

let lab: Lab;
let operator: Operator;
let bench: PlanBench;
let kubes: ReadonlyMap<string, Kube> = new Map();

const planes = ["h1", "h2", "h3"];

beforeAll(async () => {
  lab = await startLab({ hosts: 4 });
  operator = await operatorOf(lab, {
    roles: [["control-plane"], ["control-plane"], ["control-plane"], ["worker"]],
    spec: { loadBalancer: "haproxy" },
  });
  bench = planBench(lab, operator);
});
afterAll(async () => {
  for (const kube of kubes.values()) kube.close();
  await operator?.leave();
  await lab?.stop();
});

/** Each control plane's own API server, as administrator. */
const openAll = async (): Promise<ReadonlyMap<string, Kube>> => {
  const text = await readFile(join(operator.directory, `${lab.name}.kubeconfig`), "utf8");
  const { ca = "", clientCertificate = "", clientKey = "" } = readKubeconfig(text) ?? {};
  return new Map(
    planes.map((name) => {
      const { address } = bench.host(name);
      const dial = (): Promise<ReturnType<typeof connect>> =>
        new Promise((resolve, reject) => {
          const socket = connect({ host: address, port: 6443, timeout: 1500 });
          socket.once("connect", () => resolve(socket.setTimeout(0)));
          socket.once("timeout", () => socket.destroy(new Error("no answer")));
          socket.once("error", reject);
        });
      return [name, openKube({ dial, serverName: "kubernetes", ca, cert: clientCertificate, key: clientKey, describe: name })];
    }),
  );
};

const server = (name: string): Kube => {
  const kube = kubes.get(name);
  if (!kube) throw new Error(`no ${name}`);
  return kube;
};
const servers = (...names: readonly string[]): readonly Kube[] => names.map(server);

/** Milliseconds between two writes that were acknowledged, at the longest. */
const longestGap = 10_000;

const writeOnWorker = async (): Promise<Writer> => {
  const text = await readFile(join(operator.directory, `${lab.name}.kubeconfig`), "utf8");
  const { clientCertificate = "", clientKey = "" } = readKubeconfig(text) ?? {};
  const credentials = { certificate: clientCertificate, key: clientKey };
  return await startWriter(bench.host("h4"), `https://lb.${lab.name}.cluster.local:6443`, credentials);
};

interface Hash {
  readonly header: { readonly revision: string };
  readonly hash: number;
}

/** What every member holds at one revision: the newest that all of them have. */
const hashes = async (names: readonly string[]): Promise<readonly number[]> => {
  const revisions = await Promise.all(
    names.map(async (name) => Number((await etcdOn<Hash>(bench.host(name), "maintenance/hashkv", {})).header.revision)),
  );
  const revision = String(Math.min(...revisions));
  return await Promise.all(names.map(async (name) => (await etcdOn<Hash>(bench.host(name), "maintenance/hashkv", { revision })).hash));
};

const expectWhole = async (names: readonly string[]): Promise<void> => {
  expect(await votersOn(bench.host(names[0] ?? ""))).toEqual(names);
  expect(new Set(await hashes(names)).size).toBe(1);
};

const nodesReady = async (server: Kube): Promise<readonly string[]> =>
  (await server.list({ apiVersion: "v1", kind: "Node" })).items
    .filter((node) => nodeReady(node) === undefined)
    .map(({ metadata }) => metadata.name)
    .toSorted();

test("four bare hosts become three control planes and a worker, whose etcd has three voters and no learner", async () => {
  const run = await bench.apply(...bench.fleet);
  expectDone(run);
  kubes = await openAll();
  await expectWhole(planes);
  for (const server of servers(...planes)) expect(await nodesReady(server)).toEqual(["h1", "h2", "h3", "h4"]);
});

test("a second run changes nothing, and a plan foresees nothing", async () => {
  const run = await bench.apply(...bench.fleet);
  expectDone(run);
  expect(changed(run.events)).toEqual([]);
  expect((await bench.plan("--detailed-exitcode")).code).toBe(0);
});

test("status tells etcd's members, and that all is ready", async () => {
  const { code, stdout } = await bench.kbs("status", "-f", "c.yaml");
  expect(code).toBe(0);
  expect(stdout).toContain("everything is ready");
  for (const name of planes) expect(stdout).toMatch(new RegExp(`${name} +https://\\S+:2380 +voter +healthy`));
});

test("a control plane is deleted while writes go on, after a snapshot: none is lost, and its host carries nothing any more", async () => {
  const writer = await writeOnWorker();
  const { code, stderr } = await bench.kbs("delete", "node", "h3", "-f", "c.yaml", "--yes");
  expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
  await writer.expectKept(longestGap);
  await expectWhole(["h1", "h2"]);
  const snapshots = await bench.host("h1").run("stat -c '%a %n' /var/lib/kbs/snapshots/*");
  expect(snapshots.stdout).toMatch(/^600 \/var\/lib\/kbs\/snapshots\/etcd-\w+-before-h3\.db$/m);
  const left = "for path in /etc/kubernetes /var/lib/etcd /var/lib/kbs; do [ ! -e $path ] || echo $path; done";
  expect((await bench.host("h3").run(left)).stdout).toBe("");
});

test("it is added again while writes go on, as a learner that gets its vote", async () => {
  const writer = await writeOnWorker();
  const { code, stderr } = await bench.kbs("add", "nodes", "-f", "c.yaml", "--bundle", operator.create[5] ?? "", "--yes");
  expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
  await writer.expectKept(longestGap);
  await expectWhole(planes);
  expect((await bench.plan("--detailed-exitcode")).code).toBe(0);
});

test("a changed flag restarts one control plane after another, each proven healthy before the next", async () => {
  await bench.edit(({ spec: { kubernetes } }) => void Object.assign(kubernetes, { scheduler: { extraArgs: { v: "3" } } }));
  expect((await bench.plan()).json.rolling).toEqual([["h1"], ["h2"], ["h3"]]);
  const run = await bench.apply(...bench.fleet);
  expectDone(run);
  const proven = run.events.flatMap(({ type, phase, host }) => (type === "unit-ended" && phase === "prove-health" ? [host] : []));
  expect(proven).toEqual(planes);
  await expectWhole(planes);
});

test.each(planes)("%s is killed and comes back: writes go on after 10 s at most, and none that was acknowledged is lost", async (name) => {
  const others = planes.filter((other) => other !== name);
  const writer = await writeOnWorker();
  await expect.poll(() => writer.acknowledged(), { timeout: 30_000, interval: 500 }).toBeGreaterThan(10);
  await bench.host(name).kill();
  await sleep(20_000);
  await bench.host(name).start();
  const back = async (): Promise<boolean> => {
    const ready = await servers(...others)[0]
      ?.list({ apiVersion: "v1", kind: "Node" }, { patience: 0 })
      .catch(() => undefined);
    const node = ready?.items.find(({ metadata }) => metadata.name === name);
    return (
      node !== undefined && nodeReady(node) === undefined && (await votersOn(bench.host(name)).catch(() => [])).length === planes.length
    );
  };
  expect(await until(back, 240_000, 1000), `${name} is back`).toBe(true);
  await writer.expectKept(longestGap);
  await expectWhole(planes);
});

test("while a control plane is away none of the others is restarted, and those that are ready are left as they are", async () => {
  await bench.host("h3").kill();
  await bench.edit(({ spec: { kubernetes } }) => void Object.assign(kubernetes, { scheduler: { extraArgs: { v: "4" } } }));
  const refused = await bench.apply(...bench.fleet, "--keep-going");
  const said = `${refused.stdout}${refused.stderr}`;
  expect(refused.code).toBe(3);
  expect(said).toContain("h1 cannot be changed now: etcd has no majority while h1 restarts: h3 is not healthy");
  await bench.host("h3").start();
  await expect.poll(async () => (await votersOn(bench.host("h3")).catch(() => [])).length, { timeout: 240_000, interval: 1000 }).toBe(3);
  expectDone(await bench.apply(...bench.fleet));
  await expectWhole(planes);
});

test("deleting the cluster gives all four hosts back", async () => {
  const { code, stderr } = await bench.kbs("delete", "cluster", "-f", "c.yaml", "--yes");
  expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
  for (const host of lab.hosts) expect((await host.run("ls /etc/kubernetes")).code).not.toBe(0);
});

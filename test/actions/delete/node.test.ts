import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { DeleteNodeOptions } from "../../../src/actions/delete/examine.ts";
import { deleteNodes } from "../../../src/actions/delete/node.ts";
import { resetHosts } from "../../../src/actions/reset/reset.ts";
import { createBus } from "../../../src/engine/events.ts";
import { type FakeCluster, type FakeNodeObject, type FakePod, fakeCluster, serveCluster } from "../../kube/draining-server.ts";
import { serveLocally } from "../../kube/serve.ts";
import type { FakeMachine } from "../../support/fake-host.ts";
import { type FakeFleet, fakeFleet, fileOf, write } from "../fake-fleet.ts";
import { options } from "../options.ts";

// Nodes leave a cluster of fake machines, whose API answers from memory.

const api = serveLocally();
let directory: string;
let fleet: FakeFleet;
let cluster: FakeCluster;

const plane = { name: "cp1", labels: { "node-role.kubernetes.io/control-plane": "" } };
const web = (node: string): FakePod => ({ name: `web-${node}`, node, owner: ["ReplicaSet", "web"] });

const stage = async (hosts: readonly string[], nodes: readonly FakeNodeObject[], pods: readonly FakePod[] = []): Promise<void> => {
  const file = join(directory, "kbs.yaml");
  await writeFile(file, fileOf(hosts));
  fleet = await fakeFleet(hosts, file, api.authority, api.server);
  cluster = fakeCluster(nodes, pods);
  api.server.handle(serveCluster(cluster));
};

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "kbs-delete-node-"));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

const machineOf = (name: string): FakeMachine => {
  const machine = fleet.machines.get(name);
  if (!machine) throw new Error(`no ${name}`);
  return machine;
};

const rules = { force: false, ignoreDaemonSets: true, deleteEmptyDirData: false, disableEviction: false, timeout: 60_000 };

/** Lets nodes leave, and gives how it ended, what was asked, what was warned of. */
const leave = async (names: readonly string[], changes: Partial<DeleteNodeOptions> = {}) => {
  const [warnings, asked]: [string[], string[]] = [[], []];
  const bus = createBus();
  bus.subscribe((event) => void (event.type === "warning" && warnings.push(event.text)));
  const confirm = (sentence: string, word: string): Promise<boolean> => Promise.resolve(asked.push(`${sentence} [${word}]`) > 0);
  const { file, connect } = fleet;
  const outcome = await deleteNodes({
    ...options({ file, bus, connect }),
    names,
    drain: rules,
    forceUnreachable: false,
    confirm,
    ...changes,
  });
  return { outcome, warnings, asked };
};

const untouched = (): void => {
  expect(fleet.done).toEqual([]);
  expect(cluster.told).toEqual([]);
};

describe("a node leaves", () => {
  test("in order: no more pods, pods away, host given back, forgotten", async () => {
    await stage(["cp1", "w1", "w2"], [plane, { name: "w1" }, { name: "w2" }], [web("w1"), web("w2")]);
    const { outcome, warnings, asked } = await leave(["w1"]);
    expect(outcome).toMatchObject({ exit: "done" });
    expect(cluster.told).toEqual(["cordon w1", "evict web-w1", "forget w1"]);
    expect(fleet.done).toEqual(["stop w1", "undo w1"]);
    expect(asked).toEqual([
      "This takes w1 out of the cluster demo and moves 1 pod to other nodes. Given back as before kbs came: w1. [w1]",
    ]);
    expect(warnings).toEqual([expect.stringContaining("w1 is still in ")]);
  });

  test("with another: both are cordoned before a pod of either is moved", async () => {
    await stage(["cp1", "w1", "w2"], [plane, { name: "w1" }, { name: "w2" }], [web("w1"), web("w2")]);
    const { asked } = await leave(["w1", "w2"]);
    expect(cluster.told.slice(0, 2).toSorted()).toEqual(["cordon w1", "cordon w2"]);
    expect(cluster.told.slice(-2).toSorted()).toEqual(["forget w1", "forget w2"]);
    expect(asked[0]).toContain("[demo]");
  });

  test("not when nobody confirms it", async () => {
    await stage(["cp1", "w1"], [plane, { name: "w1" }]);
    await expect(leave(["w1"], { confirm: () => Promise.resolve(false) })).rejects.toThrow("not confirmed");
    untouched();
  });

  test("not with pods that must not be taken away, and nothing is changed anywhere", async () => {
    await stage(["cp1", "w1", "w2"], [plane, { name: "w1" }, { name: "w2" }], [web("w1"), { name: "lonely", node: "w2" }]);
    await expect(leave(["w1", "w2"])).rejects.toMatchObject({ exit: "preflight", message: "w2 cannot be drained" });
    untouched();
  });
});

describe("after a kill it goes on", () => {
  test("when the node is forgotten already: its host is given back", async () => {
    await stage(["cp1", "w1"], [plane]);
    expect((await leave(["w1"])).outcome).toMatchObject({ exit: "done" });
    expect([fleet.done, cluster.told]).toEqual([["stop w1", "undo w1"], []]);
  });

  test("when the host is given back already: the node is forgotten", async () => {
    await stage(["cp1", "w1"], [plane, { name: "w1", ready: "Unknown" }], [web("w1")]);
    fleet.machines.get("w1")?.nodes.delete("/var/lib/kbs/cluster");
    const { outcome, warnings } = await leave(["w1"]);
    expect(outcome).toMatchObject({ exit: "done" });
    expect([fleet.done, cluster.told]).toEqual([[], ["cordon w1", "forget w1"]]);
    expect(warnings[0]).toContain("the kubelet of w1 is silent");
  });

  test("when only an empty trace is left on the host: that is taken away too", async () => {
    await stage(["cp1", "w1"], [plane]);
    const machine = machineOf("w1");
    machine.nodes.delete("/var/lib/kbs/cluster");
    write(machine, "/var/lib/kbs", "");
    await leave(["w1"]);
    expect(fleet.done).toEqual(["stop w1", "undo w1"]);
  });

  test("when all is done: there is nothing to do, and that is said", async () => {
    await stage(["cp1", "w1"], [plane]);
    fleet.machines.get("w1")?.nodes.delete("/var/lib/kbs/cluster");
    const { outcome, warnings, asked } = await leave(["w1"]);
    expect([outcome.exit, outcome.changed, asked]).toEqual(["done", 0, []]);
    expect(warnings).toEqual(["w1 is in no cluster, and its host carries none: there is nothing to delete"]);
  });
});

describe("out of reach", () => {
  test("a host stops all, unless its node is to be forgotten without it, and then it is named", async () => {
    await stage(["cp1", "w1"], [plane, { name: "w1" }], [web("w1")]);
    fleet.dead.add("w1");
    await expect(leave(["w1"])).rejects.toMatchObject({
      exit: "unreachable",
      details: { hint: expect.stringContaining("--force-unreachable") },
    });
    untouched();
    const { outcome, warnings, asked } = await leave(["w1"], { forceUnreachable: true });
    expect([outcome.exit, cluster.told]).toEqual(["done", ["cordon w1", "evict web-w1", "forget w1"]]);
    expect(asked[0]).toContain("Out of reach, so left with all that is on it: w1.");
    expect(warnings).toContain("still carries the cluster, and joins it again when its kubelet is started: run `kbs reset` there");
  });

  test("a node whose host is not in the file is forgotten when that is said", async () => {
    await stage(["cp1"], [plane, { name: "w9" }]);
    await expect(leave(["w9"])).rejects.toMatchObject({
      exit: "usage",
      message: expect.stringContaining("w9 is in the cluster, but not in"),
    });
    untouched();
    await leave(["w9"], { forceUnreachable: true });
    expect(cluster.told).toEqual(["cordon w9", "forget w9"]);
  });

  test("a name that means nothing gets the nearest one that does", async () => {
    await stage(["cp1", "worker1"], [plane, { name: "worker1" }]);
    await expect(leave(["worker2"], { forceUnreachable: true })).rejects.toMatchObject({
      exit: "usage",
      details: { hint: "did you mean worker1?" },
    });
    untouched();
  });

  test("the API's host stops all", async () => {
    await stage(["cp1", "w1"], [plane, { name: "w1" }]);
    fleet.dead.add("cp1");
    await expect(leave(["w1"])).rejects.toMatchObject({ exit: "unreachable" });
    untouched();
  });
});

describe("refused with a sentence", () => {
  test("is the only control plane, before any host is asked", async () => {
    await stage(["cp1", "w1"], [plane, { name: "w1" }]);
    await expect(leave(["cp1"])).rejects.toMatchObject({
      exit: "usage",
      message: "cp1 is the only control plane of demo: without it there is no cluster",
    });
    untouched();
  });

  test("is a control plane that the file does not know", async () => {
    await stage(["cp1"], [plane, { ...plane, name: "cp2" }]);
    await expect(leave(["cp2"], { forceUnreachable: true })).rejects.toThrow("no host that stays runs etcd, so no member can leave it");
    untouched();
  });

  test("is a host that belongs to another cluster", async () => {
    await stage(["cp1", "w1"], [plane, { name: "w1" }]);
    write(machineOf("w1"), "/var/lib/kbs/cluster", "another other\n");
    await expect(leave(["w1"])).rejects.toMatchObject({
      exit: "preflight",
      message: "the host of w1 belongs to the cluster other, not to demo",
    });
    untouched();
  });
});

const reset = async (limit: readonly string[], confirmed = true) => {
  const asked: string[] = [];
  const confirm = (sentence: string, word: string): Promise<boolean> =>
    Promise.resolve(asked.push(`${sentence} [${word}]`) > 0 && confirmed);
  const { file, connect } = fleet;
  return { outcome: await resetHosts({ ...options({ file, connect }), limit, confirm }), asked };
};

describe("reset", () => {
  test("of a worker gives its host back, leaves the cluster alone, and says how it forgets the node", async () => {
    await stage(["cp1", "w1"], [plane, { name: "w1" }]);
    const { outcome, asked } = await reset(["w1"]);
    expect([fleet.done, cluster.told]).toEqual([["stop w1", "undo w1"], []]);
    expect(outcome.next).toEqual([`kbs delete node w1 -f ${fleet.file}`]);
    expect(asked).toEqual(["This gives w1 back as before kbs came; what the cluster demo has there is lost. [w1]"]);
  });

  test("of the only control plane says who is left without one", async () => {
    await stage(["cp1", "w1", "w2"], [plane, { name: "w1" }, { name: "w2" }]);
    const { asked } = await reset(["cp1"]);
    expect(asked[0]).toContain(
      "That takes the only control plane away, so the cluster demo is lost with all that it knows, and w1, w2 are left without one.",
    );
    expect(fleet.done).toEqual(["stop cp1", "undo cp1"]);
  });

  test("says so when the API does not answer, and gives the host back all the same", async () => {
    await stage(["cp1", "w1"], [plane]);
    api.server.close();
    const { asked, outcome } = await reset(["cp1"]);
    expect(asked[0]).toContain("its API did not answer, so whether other nodes need it is not known");
    expect(outcome.exit).toBe("done");
  });

  test("wants hosts by name", async () => {
    await stage(["cp1", "w1"], [plane]);
    await expect(reset([])).rejects.toMatchObject({ exit: "usage", details: { hint: expect.stringContaining("kbs delete cluster -f") } });
    untouched();
  });
});

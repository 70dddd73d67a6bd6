import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { applyCluster } from "../../../src/actions/apply/apply.ts";
import { planCluster } from "../../../src/actions/apply/plan.ts";
import { deleteCluster } from "../../../src/actions/delete/cluster.ts";
import { deleteNodes } from "../../../src/actions/delete/node.ts";
import { preflightCluster } from "../../../src/actions/preflight.ts";
import { resetHosts } from "../../../src/actions/reset/reset.ts";
import { clusterStatus } from "../../../src/actions/status/status.ts";
import { fakeCluster, serveCluster } from "../../kube/draining-server.ts";
import { serveLocally } from "../../kube/serve.ts";
import { type FakeFleet, fakeFleet, fileOf } from "../fake-fleet.ts";
import { options } from "../options.ts";

// A cluster that lives on fake machines, and a file that was edited since.

const hosts = ["cp1", "cp2", "cp3", "w1"];
const api = serveLocally();
let directory: string;
let fleet: FakeFleet;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "kbs-kept-"));
  const client = await api.authority.issue("client", "/CN=kube-etcd-healthcheck-client");
  const servers = new Map(hosts.slice(0, 3).map((name) => [name, api.server]));
  fleet = await fakeFleet(hosts, join(directory, "kbs.yaml"), api.authority, api.server, { servers, client });
  const labels = { "node-role.kubernetes.io/control-plane": "" };
  const nodes = hosts.map((name) => ({ name, ...(name.startsWith("cp") && { labels }) }));
  api.server.handle(serveCluster(fakeCluster(nodes, [])));
});
afterEach(() => rm(directory, { recursive: true }));

const edit = (line: string): Promise<void> => writeFile(fleet.file, `${fileOf(hosts)}  ${line}\n`);

const confirm = (): Promise<boolean> => Promise.resolve(true);
const drain = { force: false, ignoreDaemonSets: true, deleteEmptyDirData: false, disableEviction: false, timeout: 60_000 };
const fleetOptions = (limit: readonly string[] = []) => options({ file: fleet.file, connect: fleet.connect, limit });

const makers = {
  apply: () => applyCluster({ ...fleetOptions(), maxUnavailable: 1, mergeKubeconfig: false }),
  plan: () => planCluster({ ...fleetOptions(), maxUnavailable: 1, detailedExit: false }),
  preflight: () => preflightCluster(fleetOptions()),
};

const deleteNode = (name: string) => deleteNodes({ ...fleetOptions(), names: [name], drain, forceUnreachable: false, confirm });
const reset = (name: string) => resetHosts({ ...fleetOptions([name]), confirm });

const files = { caFile: "/etc/etcd/ca.crt", certFile: "/etc/etcd/client.crt", keyFile: "/etc/etcd/client.key" };
const external = `etcd: ${JSON.stringify({ mode: "external", external: { endpoints: ["https://10.0.0.99:2379"], ...files } })}`;

describe.each([
  ["another subnet", "kubernetes: { podSubnet: 10.200.0.0/16 }", "podSubnet is 10.200.0.0/16, but the cluster was made with 10.244.0.0/16"],
  ["another etcd", external, "spec.etcd.mode is external, but etcd of the cluster demo runs on its control planes"],
])("of a cluster that lives a file with %s", (_, line, sentence) => {
  beforeEach(() => edit(line));

  test.each(Object.entries(makers))("is refused by %s, and nothing is changed", async (_name, make) => {
    await expect(make()).rejects.toMatchObject({ exit: "usage", message: expect.stringContaining(sentence) });
    expect(fleet.done).toEqual([]);
  });

  test("does not keep the cluster from being deleted", async () => {
    expect(await deleteCluster({ ...fleetOptions(), confirm })).toMatchObject({ exit: "done" });
    expect(fleet.done.toSorted()).toEqual([...hosts.map((name) => `stop ${name}`), ...hosts.map((name) => `undo ${name}`)]);
  });

  test.each([
    ["deleted", deleteNode],
    ["reset", reset],
  ])("does not keep a worker from being %s", async (_name, giveBack) => {
    expect(await giveBack("w1")).toMatchObject({ exit: "done" });
    expect(fleet.done).toEqual(["stop w1", "undo w1"]);
  });

  test("does not keep its state from being read", async () => {
    const { status } = await clusterStatus(fleetOptions());
    expect(status.hosts.map(({ name }) => name)).toEqual(hosts);
  });
});

test.each([
  ["deleted", deleteNode],
  ["reset", reset],
])("a control plane is not %s by a file that says otherwise whose etcd it runs: its member would stay behind", async (_name, giveBack) => {
  await edit(external);
  await expect(giveBack("cp2")).rejects.toThrow("spec.etcd.mode is external, but etcd of the cluster demo runs on its control planes");
  expect(fleet.done).toEqual([]);
});

import { createHash } from "node:crypto";
import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { DeleteNodeOptions } from "../../../src/actions/delete/examine.ts";
import { deleteNodes } from "../../../src/actions/delete/node.ts";
import { resetHosts } from "../../../src/actions/reset/reset.ts";
import { createBus } from "../../../src/engine/events.ts";
import { type Authority, makeAuthority, type Pair } from "../../kube/certificates.ts";
import { type FakeCluster, fakeCluster, serveCluster } from "../../kube/draining-server.ts";
import { answer, type LocalServer, startLocalServer } from "../../kube/local-server.ts";
import { type FakeFleet, fakeFleet, fileOf } from "../fake-fleet.ts";
import { options } from "../options.ts";

// Three control planes of fake machines, with an API and an etcd that answer from memory, each member on a port of its own.

const planes = ["cp1", "cp2", "cp3"] as const;
const etcdHosts = ["etcd1", "etcd2", "etcd3"] as const;

let authority: Authority;
let client: Pair;
let server: LocalServer;
let members: ReadonlyMap<string, LocalServer>;
let directory: string;
let fleet: FakeFleet;
let cluster: FakeCluster;
/** Names of the members; what was asked of etcd that changes it is told with what happens on hosts. */
let list: string[];
/** Members that do not answer. */
let dead: Set<string>;

let hosts: readonly string[] = [];

const urlOf = (name: string): string => `https://10.32.0.${hosts.indexOf(name) + 10}:2380`;
const idOf = (name: string): string => String(hosts.indexOf(name) + 1);
const raw = (name: string) => ({ ID: idOf(name), name, peerURLs: [urlOf(name)], clientURLs: [urlOf(name).replace("2380", "2379")] });

const database = Buffer.alloc(2000, "kbs");
const snapshot = Buffer.concat([database, createHash("sha256").update(database).digest()]).toString("base64");

/** etcd, as one member answers for all. */
const serveEtcd = (name: string, member: LocalServer): void =>
  member.handle((asked) => {
    if (dead.has(name)) return asked.stream.destroy();
    const body: { ID?: string } = JSON.parse(asked.body);
    if (asked.path.endsWith("/member/list")) return answer(asked, 200, { members: list.map(raw) });
    if (asked.path.endsWith("/maintenance/status"))
      return answer(asked, 200, { header: { member_id: idOf(name) }, version: "3.6.8", leader: "1", dbSize: "1" });
    if (asked.path.endsWith("/maintenance/snapshot")) {
      asked.stream.respond({ ":status": 200, "content-type": "application/json" });
      return asked.stream.end(`${JSON.stringify({ result: { blob: snapshot } })}\n`);
    }
    const leaving = list.find((one) => idOf(one) === body.ID) ?? "";
    list = list.filter((one) => one !== leaving);
    fleet.done.push(`etcd without ${leaving}`);
    return answer(asked, 200, { members: list.map(raw) });
  });

beforeAll(async () => {
  authority = await makeAuthority();
  client = await authority.issue("client", "/CN=kube-etcd-healthcheck-client");
  server = await startLocalServer(authority);
  // One after another: an authority signs one certificate at a time.
  const started = new Map<string, LocalServer>();
  for (const name of planes) started.set(name, await startLocalServer(authority, "DNS:localhost"));
  members = started;
});
afterAll(async () => {
  for (const one of [server, ...members.values()]) one.close();
  await rm(authority.directory, { recursive: true });
});
/** A fleet of these hosts, of which some run etcd. */
const stage = async (names: readonly string[], running: readonly string[]): Promise<void> => {
  [hosts, list, dead] = [names, [...running], new Set()];
  const file = join(directory, "kbs.yaml");
  await writeFile(file, fileOf(names));
  const servers = new Map([...members.values()].map((member, nth) => [running[nth] ?? "", member]));
  fleet = await fakeFleet(names, file, authority, server, { servers, client });
  const role = { "node-role.kubernetes.io/control-plane": "" };
  const nodes = names.filter((name) => !name.startsWith("etcd"));
  cluster = fakeCluster(
    nodes.map((name) => ({ name, ...(name.startsWith("cp") && { labels: role }) })),
    [],
  );
  server.handle(serveCluster(cluster));
  for (const [name, member] of servers) serveEtcd(name, member);
};

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "kbs-delete-plane-"));
  await stage([...planes, "w1"], planes);
});
afterEach(() => rm(directory, { recursive: true }));

const drain = { force: false, ignoreDaemonSets: true, deleteEmptyDirData: false, disableEviction: false, timeout: 60_000 };

const leave = async (names: readonly string[], changes: Partial<DeleteNodeOptions> = {}) => {
  const [warnings, asked]: [string[], string[]] = [[], []];
  const bus = createBus();
  bus.subscribe((event) => void (event.type === "warning" && warnings.push(event.text)));
  const confirm = (sentence: string): Promise<boolean> => Promise.resolve(asked.push(sentence) > 0);
  const { file, connect } = fleet;
  const outcome = await deleteNodes({ ...options({ file, bus, connect }), names, drain, forceUnreachable: false, confirm, ...changes });
  return { outcome, warnings, asked };
};

const untouched = (): void => expect([fleet.done, cluster.told]).toEqual([[], []]);

describe("a control plane leaves", () => {
  test("after a snapshot on one that stays, drained, out of etcd before its host stops, and is forgotten in the end", async () => {
    const { outcome, warnings, asked } = await leave(["cp3"]);
    expect(outcome).toMatchObject({ exit: "done" });
    expect(fleet.done).toEqual(["snapshot cp1", "etcd without cp3", "stop cp3", "undo cp3"]);
    expect(cluster.told).toEqual(["cordon cp3", "forget cp3"]);
    expect(asked[0]).toContain("Its etcd goes on without cp3, after a snapshot that is kept on cp1.");
    expect(warnings.join("\n")).toMatch(/^a snapshot of etcd from before is in \/var\/lib\/kbs\/snapshots\/etcd-\w+-before-cp3\.db/m);
  });

  test("with another, one after the other", async () => {
    expect((await leave(["cp2", "cp3"])).outcome).toMatchObject({ exit: "done" });
    expect(list).toEqual(["cp1"]);
  });

  test("that is dead, if that is said: its member goes all the same", async () => {
    for (const one of [dead, fleet.dead]) one.add("cp3");
    await expect(leave(["cp3"])).rejects.toThrow("cp3 did not answer");
    untouched();
    const { outcome, warnings } = await leave(["cp3"], { forceUnreachable: true });
    expect(outcome).toMatchObject({ exit: "done" });
    expect(fleet.done).toEqual(["snapshot cp1", "etcd without cp3"]);
    expect(warnings.join()).toContain("still carries the cluster");
  });

  test("whose member a killed run has taken out already: no snapshot, and the rest is done", async () => {
    list = ["cp1", "cp2"];
    expect((await leave(["cp3"])).outcome).toMatchObject({ exit: "done" });
    expect(fleet.done).toEqual(["stop cp3", "undo cp3"]);
  });
});

describe("a control plane stays, with a sentence and before anything is changed", () => {
  test("where the others would have no majority", async () => {
    dead.add("cp2");
    await expect(leave(["cp3"])).rejects.toMatchObject({
      exit: "preflight",
      message: "nothing was changed: without cp3 etcd would be cp1, cp2, of which 2 must be healthy, and cp2 is not",
    });
    untouched();
  });

  test("where it is the endpoint by which every node reaches the API", async () => {
    await expect(leave(["cp1"])).rejects.toThrow("every node of demo reaches the API at 10.32.0.10, which is cp1 itself");
    untouched();
  });

  test("where it is that endpoint, and no longer the first of the file", async () => {
    await writeFile(fleet.file, fileOf(["cp1", "cp2", "cp3", "w1"], ["cp2", "cp1", "cp3", "w1"]));
    await expect(leave(["cp1"])).rejects.toThrow("every node of demo reaches the API at 10.32.0.10, which is cp1 itself");
    untouched();
    expect((await leave(["cp2"])).outcome).toMatchObject({ exit: "done" });
  });

  test("where nodes have joined by it, whatever the file calls the endpoint now", async () => {
    await appendFile(fleet.file, "  controlPlaneEndpoint: k8s.example.com\n");
    fleet.servers.set("w1", "https://10.32.0.10:6443");
    await expect(leave(["cp1"])).rejects.toThrow("cp2, cp3, w1 reach the API at 10.32.0.10, which is cp1 itself");
    for (const name of ["cp2", "cp3"]) fleet.machines.get(name)?.nodes.delete("/etc/kubernetes/admin.conf");
    await expect(leave(["cp1"])).rejects.toThrow("w1 reaches the API at 10.32.0.10, which is cp1 itself");
    untouched();
  });

  test("where none would be left", async () => {
    await expect(leave(planes)).rejects.toThrow("cp1, cp2, cp3 are all the control planes of demo: without them there is no cluster");
    untouched();
  });
});

test("reset sends one of several control planes to delete node", async () => {
  const { file, connect } = fleet;
  const reset = resetHosts({ ...options({ file, bus: createBus(), connect }), limit: ["cp2"], confirm: () => Promise.resolve(true) });
  await expect(reset).rejects.toMatchObject({
    message: "cp2 is one of several control planes: given back like this, its member of etcd would stay behind",
    details: { hint: expect.stringContaining("kbs delete node cp2 -f") },
  });
  untouched();
});

describe("a host that runs etcd alone", () => {
  beforeEach(() => stage(["cp1", "w1", ...etcdHosts], etcdHosts));

  test("leaves etcd after a snapshot, without a drain, before its host is given back", async () => {
    const { outcome, warnings, asked } = await leave(["etcd3"]);
    expect(outcome).toMatchObject({ exit: "done" });
    expect(fleet.done).toEqual(["snapshot etcd1", "etcd without etcd3", "stop etcd3", "undo etcd3"]);
    expect(cluster.told).toEqual([]);
    expect(asked[0]).toContain("The etcd of demo goes on without etcd3, after a snapshot that is kept on etcd1.");
    expect(warnings.join()).toContain("the API servers still try it, until kbs apply -f");
  });

  test("that is dead leaves, if that is said", async () => {
    for (const one of [dead, fleet.dead]) one.add("etcd3");
    const { outcome, warnings } = await leave(["etcd3"], { forceUnreachable: true });
    expect(outcome).toMatchObject({ exit: "done" });
    expect(fleet.done).toEqual(["snapshot etcd1", "etcd without etcd3"]);
    expect(warnings.join()).toContain("still carries a member's data");
  });

  test("stays where the others would have no majority, and where none would be left", async () => {
    dead.add("etcd2");
    await expect(leave(["etcd3"])).rejects.toThrow(
      "nothing was changed: without etcd3 etcd would be etcd1, etcd2, of which 2 must be healthy",
    );
    await expect(leave(etcdHosts)).rejects.toThrow("hold all that demo knows: without an etcd host there is no cluster");
    untouched();
  });

  test("is sent by reset to delete node", async () => {
    const { file, connect } = fleet;
    const reset = resetHosts({ ...options({ file, bus: createBus(), connect }), limit: ["etcd2"], confirm: () => Promise.resolve(true) });
    await expect(reset).rejects.toMatchObject({
      message: "etcd2 runs a member of the etcd of demo: given back like this, the member would stay behind",
      details: { hint: expect.stringContaining("kbs delete node etcd2 -f") },
    });
    untouched();
  });
});

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Host } from "../../src/changes/host.ts";
import { healthyMembers } from "../../src/kube/etcd/quorum.ts";
import { gate } from "../../src/kube/patience.ts";
import type { Kube } from "../../src/kube/types.ts";
import type { LeaveContext } from "../../src/phases/common/reset-context.ts";
import { removeMember, saveEtcd } from "../../src/phases/leave-etcd.ts";
import { endpoint, type FakeEtcd, fakeEtcd, member, refusal } from "../kube/etcd/fake-etcd.ts";

// Members leave an etcd in memory; the control plane that keeps the snapshot is this machine, in a folder of the test's own.

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kbs-leave-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What of a control plane takes part: it runs a script with an input. */
const keeper: Host = {
  name: "cp1",
  send: (message) => {
    if (message.kind !== "run" || !Buffer.isBuffer(message.input)) throw new Error("not expected");
    const { status, stdout } = spawnSync("/bin/sh", ["-c", message.script.replaceAll("/var/lib/kbs", folder)], { input: message.input });
    return Promise.resolve({ records: [{ index: 0, state: "answer", code: status ?? 1, output: stdout }] });
  },
  hold: () => Promise.reject(new Error("not held")),
  dial: () => Promise.reject(new Error("not dialled")),
  close: () => Promise.resolve(),
};

const refuse = (): Promise<never> => Promise.reject(new Error("the API is not asked"));
const noKube: Kube = {
  get: refuse,
  list: refuse,
  apply: refuse,
  create: refuse,
  patch: refuse,
  remove: refuse,
  raw: refuse,
  watch: refuse,
  close: () => undefined,
};

const contextOf = (etcd: FakeEtcd, names: readonly string[]): LeaveContext => ({
  hosts: [],
  touched: new Set(),
  door: () => keeper,
  ticket: { cluster: { id: "c", name: "demo" }, run: "r" },
  kube: noKube,
  nodes: names,
  drain: { force: false, ignoreDaemonSets: true, deleteEmptyDirData: false, disableEviction: false, timeout: 1000 },
  etcd: {
    client: etcd,
    keeper: "cp1",
    leaving: new Map(names.map((name) => [name, undefined])),
    healthy: (signal) => healthyMembers(etcd, ["cp1", "cp2", "cp3"].map(endpoint), signal),
    inTurn: gate(1),
  },
});

const waits: string[] = [];
const tools = () => ({ signal: AbortSignal.timeout(20_000), waiting: (reason: string) => void waits.push(reason), warn: () => undefined });
const three = () => fakeEtcd([member("cp1", 1), member("cp2", 2), member("cp3", 3)]);

const database = Buffer.alloc(50_000, "kbs");
const snapshot = (checksum = createHash("sha256").update(database).digest()): FakeEtcd["snapshot"] => {
  return (onPiece) => {
    for (const piece of [database, checksum]) onPiece(piece);
    return Promise.resolve();
  };
};

describe("before a member leaves", () => {
  test("all that etcd holds is written down where only root can read it, whole", async () => {
    const etcd = { ...three(), snapshot: snapshot() };
    const outcome = await saveEtcd.act?.(contextOf(etcd, ["cp3"]), "cp1", tools());
    const [file = ""] = readdirSync(join(folder, "snapshots"));
    expect(file).toMatch(/^etcd-\d{8}T\d{6}Z-before-cp3\.db$/);
    expect(outcome?.changed).toEqual([`snapshot /var/lib/kbs/snapshots/${file}`]);
    const path = join(folder, "snapshots", file);
    expect([statSync(join(folder, "snapshots")).mode & 0o777, statSync(path).mode & 0o777]).toEqual([0o700, 0o600]);
    expect(readFileSync(path).subarray(0, -32).equals(database)).toBe(true);
  });

  test("a snapshot that has arrived damaged ends it all", async () => {
    const etcd = { ...three(), snapshot: snapshot(Buffer.alloc(32)) };
    await expect(saveEtcd.act?.(contextOf(etcd, ["cp3"]), "cp1", tools())).rejects.toThrow("has arrived damaged");
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe("a member leaves", () => {
  test("by its node's name, once: a rerun finds it gone", async () => {
    const etcd = three();
    const context = contextOf(etcd, ["cp3"]);
    expect(await removeMember.act?.(context, "cp3", tools())).toEqual({ changed: ["etcd member cp3"] });
    expect(await removeMember.act?.(context, "cp3", tools())).toEqual({ changed: [] });
    expect(etcd.list.map(({ name }) => name)).toEqual(["cp1", "cp2"]);
  });

  test("when etcd lets it, five seconds after the one before", async () => {
    const etcd = three();
    etcd.troubles.push(refusal("etcdserver: unhealthy cluster", 503));
    expect(await removeMember.act?.(contextOf(etcd, ["cp3"]), "cp3", tools())).toEqual({ changed: ["etcd member cp3"] });
  });

  test("only while more than half of the others are healthy: else it waits for them", async () => {
    const etcd = three();
    etcd.dead.add("cp2");
    const left = removeMember.act?.(contextOf(etcd, ["cp3"]), "cp3", tools());
    await expect.poll(() => waits).toContain("without cp3 etcd would be cp1, cp2, of which 2 must be healthy, and cp2 is not");
    expect(etcd.done).toEqual([]);
    etcd.dead.clear();
    expect(await left).toEqual({ changed: ["etcd member cp3"] });
  });
});

import { expect, test } from "vitest";
import { rollingGroups } from "../../../src/actions/apply/rolling.ts";
import type { ClusterHost, Role } from "../../../src/config/types.ts";
import type { PlannedHost } from "../../../src/engine/plan/plan.ts";

const host = (name: string, role: Role): ClusterHost => ({
  name,
  address: name,
  internalAddress: name,
  roles: [role],
  labels: {},
  taints: [],
  local: false,
  ssh: { agent: false, connectTimeout: 10, keepAliveInterval: 10 },
});
const hosts = [
  host("w1", "worker"),
  host("cp1", "control-plane"),
  host("w2", "worker"),
  host("cp2", "control-plane"),
  host("w3", "worker"),
];
const names = hosts.map(({ name }) => name);

const planned = (name: string, running: boolean | undefined, changes = 1): PlannedHost => ({
  host: name,
  changes,
  bytes: 0,
  restarts: running === undefined ? [] : [{ what: "kubelet.service", running, because: [] }],
});

const groups = (plans: readonly PlannedHost[], more: { serving?: readonly string[]; maxUnavailable?: number } = {}) =>
  rollingGroups({
    hosts,
    planned: plans,
    serving: new Set(more.serving ?? names),
    maxUnavailable: more.maxUnavailable ?? 1,
  });

test("control planes go first, one at a time, then workers one at a time, in the order of the file", () => {
  expect(groups(names.map((name) => planned(name, true)))).toEqual([["cp1"], ["cp2"], ["w1"], ["w2"], ["w3"]]);
});

test("more workers may be away at once when that is asked for; control planes never", () => {
  expect(
    groups(
      names.map((name) => planned(name, true)),
      { maxUnavailable: 2 },
    ),
  ).toEqual([["cp1"], ["cp2"], ["w1", "w2"], ["w3"]]);
});

test("a member on which nothing restarts needs no turn of its own, nor does one whose kubelet does not run", () => {
  expect(groups([planned("cp1", undefined), planned("w1", false), planned("w2", true)])).toEqual([["w2"]]);
});

test("who is new, or not ready anyhow, has nothing to lose, and is left to the last run, all at once", () => {
  expect(
    groups(
      names.map((name) => planned(name, true)),
      { serving: ["cp1", "w1"] },
    ),
  ).toEqual([["cp1"], ["w1"]]);
  expect(
    groups(
      names.map((name) => planned(name, true)),
      { serving: [] },
    ),
  ).toEqual([]);
});

const withEtcd = [...hosts, host("e1", "etcd"), host("e2", "etcd")];

test("hosts that run etcd alone come before control planes, one at a time", () => {
  const plans = ["cp1", "e1", "e2", "w1"].map((name) => planned(name, true));
  const input = { hosts: withEtcd, planned: plans, serving: new Set([...names, "e1", "e2"]), maxUnavailable: 3 };
  expect(rollingGroups(input)).toEqual([["e1"], ["e2"], ["cp1"], ["w1"]]);
});

test("an etcd host that is new joins before a control plane restarts, and otherwise with all that is new", () => {
  const serving = new Set([...names, "e1"]);
  const input = { hosts: withEtcd, serving, maxUnavailable: 1 };
  expect(rollingGroups({ ...input, planned: [planned("cp1", true), planned("e2", false)] })).toEqual([["e2"], ["cp1"]]);
  expect(rollingGroups({ ...input, planned: [planned("e2", false)] })).toEqual([]);
});

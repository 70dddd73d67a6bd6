import { describe, expect, test } from "vitest";
import { inService } from "../../../src/actions/apply/in-service.ts";
import type { Role } from "../../../src/config/types.ts";
import { type HostFacts } from "../../../src/facts/index.ts";
import { cluster, healthy } from "../../preflight/hosts.ts";

interface Seen {
  /** TCP ports on which something listens. */
  readonly ports?: readonly number[];
  readonly hasData?: boolean;
  /** Services that run. */
  readonly units?: readonly string[];
}

const [etcd, api] = [2379, 6443];
const running: Seen = { ports: [etcd, api], hasData: true, units: ["kubelet"] };
const off: Seen = { hasData: true };

const roleOf = (name: string): Role => (name.startsWith("cp") ? "control-plane" : name.startsWith("e") ? "etcd" : "worker");

const unit = (active: boolean) => ({ load: "loaded", active: active ? "active" : "inactive", file: "enabled" });

const factsOf = ({ ports = [], hasData = false, units = [] }: Seen): HostFacts => {
  const host = healthy(1);
  return {
    ...host,
    listeners: ports.map((port) => ({ protocol: "tcp", address: "*", port })),
    kubernetes: { ...host.kubernetes, ...(hasData && { etcd: { initialCluster: "a=b", hasData } }) },
    systemd: { ...host.systemd, units: { kubelet: unit(units.includes("kubelet")), etcd: unit(units.includes("etcd")) } },
  };
};

const serving = (seen: Readonly<Record<string, Seen>>, ready: readonly string[] | undefined, mode: "stacked" | "dedicated" = "stacked") => {
  const names = Object.keys(seen);
  const hosts = names.map((name, nth) => ({ name, address: `10.0.0.${nth + 11}`, roles: [roleOf(name)] }));
  const wished = cluster({}, { hosts, etcd: { mode } });
  const facts = new Map(Object.entries(seen).map(([name, one]) => [name, factsOf(one)]));
  const found = { cluster: wished, hosts: wished.hosts, facts, joined: new Set(names) };
  return [...inService(found, ready && new Set(ready))].toSorted();
};

describe("a host is in service", () => {
  test("whose node is ready", () => {
    expect(serving({ cp1: off, w1: off }, ["cp1", "w1"])).toEqual(["cp1", "w1"]);
  });

  test("whose components answer, though its node is not ready", () => {
    expect(serving({ cp1: running, cp2: running, cp3: off, w1: running }, ["cp1"])).toEqual(["cp1", "cp2"]);
  });

  test("whose kubelet runs, where the API tells nothing", () => {
    expect(serving({ cp1: running, cp2: running, cp3: { ...running, ports: [etcd] }, w1: running, w2: {} }, undefined)).toEqual([
      "cp1",
      "cp2",
      "cp3",
      "w1",
    ]);
  });

  test("that runs etcd alone", () => {
    const seen = { cp1: { ports: [api] }, e1: { hasData: true, units: ["etcd"] }, e2: off };
    expect(serving(seen, undefined, "dedicated")).toEqual(["cp1", "e1"]);
  });
});

test("where etcd has no majority, control planes have nothing to lose: they are mended at once", () => {
  expect(serving({ cp1: running, cp2: off, cp3: off, w1: {} }, undefined)).toEqual([]);
  expect(serving({ cp1: running, w1: {} }, undefined)).toEqual(["cp1"]);
});

import { expect, test } from "vitest";
import { candidateOf, etcdEndpoints } from "../../../src/phases/common/etcd.ts";
import { healthy } from "../../preflight/hosts.ts";
import { deafHost } from "../../support/deaf-host.ts";
import { fakeMachine } from "../../support/fake-host.ts";
import { cluster } from "../../templates/cluster.ts";
import { contextOf } from "../context.ts";

test.each([
  ["by the loopback", cluster.etcd, "127.0.0.1 2379"],
  [
    "where it alone listens",
    { ...cluster.etcd, extraArgs: [{ name: "listen-client-urls", value: "https://10.0.0.11:2379" }] },
    "10.0.0.11 2379",
  ],
])("a member of etcd is dialled %s", async (_, etcd, place) => {
  const { host, dialled } = deafHost(fakeMachine("cp1"));
  const [endpoint] = etcdEndpoints(contextOf({ cluster: { ...cluster, etcd }, door: () => host }));
  await expect(endpoint?.dial()).rejects.toThrow("connection refused");
  expect(dialled).toEqual(new Set([place]));
});

test("a member that has lost its manifest has its data still, wherever they are", () => {
  const seen = { facts: new Map([["cp1", healthy(1)]]), etcdData: new Set(["cp1"]) };
  const moved = { ...cluster, etcd: { ...cluster.etcd, dataDir: "/data/etcd" } };
  expect(candidateOf(contextOf({ ...seen, cluster: moved }), "cp1").hasData).toBe(true);
  expect(candidateOf(contextOf({ ...seen, cluster: moved, etcdData: new Set() }), "cp1").hasData).toBe(false);
});

import { expect, test } from "vitest";
import { surveyOf } from "../../src/actions/survey.ts";
import type { ClusterHost } from "../../src/config/types.ts";
import { askFacts } from "../../src/facts/index.ts";
import { cluster } from "../preflight/hosts.ts";
import { fakeHost, fakeMachine } from "../support/fake-host.ts";
import { options } from "./options.ts";

/** What each host is asked beside its facts; all of them have something in the folder for etcd's data. */
const surveyed = async (spec: Parameters<typeof cluster>[1]) => {
  const asked = new Map<string, string>();
  const connect = async ({ name }: ClusterHost) => {
    const machine = fakeMachine(name);
    for (const { id } of askFacts()) machine.answers.set(id, "");
    for (const id of ["kubeletIdentity", "pkiFiles"]) machine.answers.set(id, "");
    machine.answers.set("etcdData", "yes\n");
    machine.before = (message) => {
      for (const { id, script } of message.kind === "ask" ? message.questions : []) if (id === "etcdData") asked.set(name, script);
    };
    return { host: fakeHost(machine).host, counts: { channels: 0, bytesSent: 0, bytesReceived: 0 } };
  };
  const { etcdData } = await surveyOf(cluster({}, spec), options({ connect }));
  return { etcdData, asked };
};

test("hosts that are to run etcd are asked for data where the configuration has them, and no others", async () => {
  const { etcdData, asked } = await surveyed({ etcd: { dataDir: "/data/etcd" } });
  expect([...asked.keys()]).toEqual(["cp1"]);
  expect(asked.get("cp1")).toContain("/data/etcd");
  expect(etcdData).toEqual(new Set(["cp1"]));
});

test("nobody is asked for data of an etcd that others run", async () => {
  const external = { endpoints: ["https://10.0.0.31:2379"], caFile: "/etc/etcd/ca.crt" };
  const { etcdData, asked } = await surveyed({ etcd: { mode: "external", external } });
  expect([asked.size, etcdData.size]).toEqual([0, 0]);
});

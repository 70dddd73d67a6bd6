import { expect, test } from "vitest";
import { formerReports, whyUnknown } from "../../../src/phases/common/reports.ts";
import { Learned } from "../../../src/phases/context.ts";
import { list, serveApi } from "../../actions/api.ts";
import { cluster } from "../../templates/cluster.ts";
import { contextOf } from "../context.ts";

const [, worker = ""] = cluster.hosts.map(({ name }) => name);

const node = (name: string, lastHeartbeatTime?: string) => ({
  apiVersion: "v1",
  kind: "Node",
  metadata: { name, uid: "u", resourceVersion: "1" },
  ...(lastHeartbeatTime !== undefined && { status: { conditions: [{ type: "Ready", status: "True" as const, lastHeartbeatTime }] } }),
});

const former = "2026-11-21T20:00:00Z";
const signal = new AbortController().signal;

const api = serveApi(() => ({ "GET /api/v1/nodes": list(node(worker, former), node("stranger", former)) }));

test("only of workers that have yet to join it matters when they have reported before", async () => {
  expect(await formerReports(contextOf(), api.kube(), signal)).toEqual(new Map([[worker, former]]));
  expect(await formerReports(contextOf({ joined: new Set([worker]) }), api.kube(), signal)).toEqual(new Map());
});

test("a node that a former life of the host has left counts once its kubelet of now has reported", () => {
  const learned = new Learned();
  learned.tell("formerReports", new Map([[worker, former]]));
  expect(whyUnknown({ learned }, node(worker, former))).toContain("has not reported since");
  expect(whyUnknown({ learned }, node(worker, "2026-11-21T20:00:09Z"))).toBeUndefined();
});

test("a node that never was there before counts as soon as it is registered", () => {
  const learned = new Learned();
  expect(whyUnknown({ learned }, undefined)).toContain("has not registered");
  expect(whyUnknown({ learned }, node(worker))).toBeUndefined();
  learned.tell("formerReports", new Map());
  expect(whyUnknown({ learned }, node(worker))).toBeUndefined();
});

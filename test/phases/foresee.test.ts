import { describe, expect, test } from "vitest";
import { createPhases } from "../../src/actions/apply/create-phases.ts";
import { KnownAfter } from "../../src/changes/phase.ts";
import { makeToken } from "../../src/phases/apply-objects.ts";
import type { Context } from "../../src/phases/context.ts";
import { labelNodes } from "../../src/phases/label-nodes.ts";
import { makePki } from "../../src/phases/make-pki.ts";
import { deleteTokens } from "../../src/phases/tidy.ts";
import { waitApiServer } from "../../src/phases/wait-api-server.ts";
import { list, serveApi } from "../actions/api.ts";
import { cluster } from "../templates/cluster.ts";
import { contextOf } from "./context.ts";

let answers: Readonly<Record<string, unknown>> = {};
const api = serveApi(() => answers);
const tools = { signal: new AbortController().signal, warn: () => undefined };

const [cp1 = "", w1 = ""] = cluster.hosts.map(({ name }) => name);

const withApi = (changes: Partial<Context> = {}): Context => {
  const context = contextOf(changes);
  context.learned.tell("kube", api.kube());
  return context;
};

/** Every request that could have changed something. */
const writes = (): readonly string[] =>
  api.asked().flatMap(([request]) => (request.startsWith("GET ") || request.includes("dryRun=All") ? [] : [request]));

test("every act of a create that changes something by itself can tell it beforehand", () => {
  expect(createPhases.filter(({ act, foresee }) => act !== undefined && foresee === undefined).map(({ id }) => id)).toEqual([]);
});

describe("what an act would do:", () => {
  test("keys are made in memory, so that later wishes are known, and nobody is asked", async () => {
    const context = contextOf();
    expect(await makePki.foresee?.(context, cp1, tools)).toMatchObject({ changes: [] });
    expect(context.learned.get("pki").length).toBeGreaterThan(20);
  });

  test("an API that is not there yet leaves what it would tell untold", async () => {
    const context = contextOf();
    expect(await waitApiServer.foresee?.(context, cp1, tools)).toMatchObject({ changes: [] });
    expect(() => context.learned.get("kube")).toThrow(KnownAfter);
    expect(() => context.learned.get("kube")).toThrow("kube was asked for before the phase wait-api-server has told it");
  });

  test("a token stands for one that is to come, where a worker has yet to join, and is made nowhere", async () => {
    const [fresh, joined] = [withApi(), withApi({ joined: new Set([w1]) })];
    expect(await makeToken.foresee?.(fresh, cp1, tools)).toMatchObject({ changes: [{ change: "bootstrap token" }] });
    expect(await makeToken.foresee?.(joined, cp1, tools)).toMatchObject({ changes: [] });
    expect([fresh.learned.has("token"), joined.learned.has("token"), api.asked()]).toEqual([true, false, []]);
  });

  test("a token that a killed run has left is named, and stays", async () => {
    const description = Buffer.from("joins the workers of one run of kbs").toString("base64");
    const token = { metadata: { name: "bootstrap-token-abcdef", namespace: "kube-system" }, data: { description } };
    answers = { "GET /api/v1/namespaces/kube-system/secrets?fieldSelector=type%3Dbootstrap.kubernetes.io%2Ftoken": list(token) };
    const { changes } = (await deleteTokens.foresee?.(withApi(), cp1, tools)) ?? {};
    expect([changes?.map(({ change }) => change), writes()]).toEqual([["Secret kube-system/bootstrap-token-abcdef"], []]);
  });

  test("a node that has yet to join gets its labels then", async () => {
    answers = {};
    expect(await labelNodes.foresee?.(withApi(), w1, tools)).toEqual({
      changes: [{ change: `labels of node ${w1}`, why: "the node has yet to join" }],
    });
    expect(writes()).toEqual([]);
  });
});

import { beforeEach, expect, test } from "vitest";
import type { KubeObject } from "../../src/changes/change.ts";
import { type Context, firstControlPlane, type Invitation, nothing } from "../../src/phases/context.ts";
import { offerToken } from "../../src/phases/offer-token.ts";
import { type BootstrapToken, newToken } from "../../src/pki/token.ts";
import { bootstrapTokenSecret } from "../../src/templates/objects/bootstrap.ts";
import { list } from "../actions/api.ts";
import { answer, status } from "../kube/local-server.ts";
import { serveLocally } from "../kube/serve.ts";
import { contextOf } from "./context.ts";

const hour = 3_600_000;
const folder = "/api/v1/namespaces/kube-system/secrets";

const api = serveLocally();
/** The Secrets that the API has, by name. */
const stored = new Map<string, KubeObject>();

beforeEach(() => {
  stored.clear();
  api.server.handle((asked) => {
    const [path = ""] = asked.path.split("?");
    const name = path.slice(folder.length + 1);
    if (asked.method === "GET" && path === folder) return answer(asked, 200, list(...stored.values()));
    if (asked.method === "DELETE") return answer(asked, stored.delete(name) ? 200 : 404, {});
    const object: KubeObject = JSON.parse(asked.body);
    if (stored.has(object.metadata.name)) return answer(asked, 409, status(409, "AlreadyExists", "it is there"));
    stored.set(object.metadata.name, object);
    answer(asked, 201, object);
  });
});

const keep = (token: BootstrapToken, changes: Partial<Parameters<typeof bootstrapTokenSecret>[0]> = {}): BootstrapToken => {
  const object = bootstrapTokenSecret({ ...token, description: "made by kbs init, for machines that join", ...changes });
  stored.set(object.metadata.name, object);
  return token;
};

/** A field of a token as the API has it. */
const fieldOf = ({ id }: BootstrapToken, field: string): string | undefined => {
  const data = Object.entries(Object(stored.get(`bootstrap-token-${id}`)?.["data"])).find(([name]) => name === field);
  return data && Buffer.from(String(data[1]), "base64").toString();
};

const told = { signal: new AbortController().signal, waiting: () => undefined, warn: () => undefined };

const run = async (invitation: Invitation): Promise<{ readonly context: Context; readonly changed: readonly string[] }> => {
  const context = contextOf({ invitation });
  context.learned.tell("kube", api.kube);
  const { changed = [] } = (await offerToken.act?.(context, "cp1", told)) ?? {};
  return { context, changed };
};

test("a run that invites nobody makes no token", () => {
  expect(offerToken.hosts(contextOf())).toEqual([]);
  const inviting = contextOf({ invitation: { life: 0 } });
  expect(offerToken.hosts(inviting)).toEqual(firstControlPlane(inviting));
});

test("where there is none, one is made that lives as long as was asked for", async () => {
  const { context, changed } = await run({ life: 2 * hour });
  const token = context.learned.get("invitation");
  expect(changed).toEqual([`bootstrap token ${token.id}`]);
  expect(fieldOf(token, "token-secret")).toBe(token.secret);
  const left = Date.parse(fieldOf(token, "expiration") ?? "") - Date.now();
  expect(left).toBeGreaterThan(hour);
  expect(left).toBeLessThanOrEqual(2 * hour);
});

test("one without an end has none", async () => {
  const { context } = await run({ life: 0 });
  expect(fieldOf(context.learned.get("invitation"), "token-id")).toBe(context.learned.get("invitation").id);
  expect(fieldOf(context.learned.get("invitation"), "expiration")).toBeUndefined();
});

test("one that an earlier init has made is kept while it lives; others are none of its own", async () => {
  keep(newToken(), { expires: new Date(Date.now() - hour) });
  keep(newToken(), { description: "of somebody else" });
  const mine = keep(newToken(), { expires: new Date(Date.now() + hour) });
  const { context, changed } = await run({ life: hour });
  expect(changed).toEqual([]);
  expect(context.learned.get("invitation").text).toBe(mine.text);
  expect(stored.size).toBe(3);
});

test("one that a person has chosen is made beside those that live, and found again", async () => {
  keep(newToken());
  const token = newToken();
  expect((await run({ life: hour, token })).changed).toEqual([`bootstrap token ${token.id}`]);
  expect(stored.size).toBe(2);
  expect((await run({ life: hour, token })).changed).toEqual([]);
});

test("one of the chosen id that has ended is made anew in its place", async () => {
  const token = keep(newToken(), { expires: new Date(Date.now() - hour) });
  expect((await run({ life: hour, token })).changed).toEqual([`bootstrap token ${token.id}`]);
  expect(Date.parse(fieldOf(token, "expiration") ?? "")).toBeGreaterThan(Date.now());
});

test("a plan tells that one would be made, and makes none", async () => {
  const context = contextOf({ invitation: { life: 24 * hour } });
  expect(await offerToken.foresee?.(context, "cp1", told)).toEqual({
    changes: [{ change: "bootstrap token", why: "for machines that join; it ends after 24h0m0s" }],
  });
  const mine = keep(newToken());
  context.learned.tell("kube", api.kube);
  expect(await offerToken.foresee?.(context, "cp1", told)).toEqual(nothing);
  expect(context.learned.get("invitation").text).toBe(mine.text);
  expect(stored.size).toBe(1);
});

import { beforeEach, describe, expect, test } from "vitest";
import { besideProxy, openWithToken, readTexts, refuseTakenName } from "../../../src/actions/join/discover.ts";
import { createBus, type RunEvent } from "../../../src/engine/events.ts";
import { UserError } from "../../../src/shared/errors.ts";
import { answer, status } from "../../kube/local-server.ts";
import { serveLocally } from "../../kube/serve.ts";
import { foundAt } from "../found.ts";
import { options } from "../options.ts";

const folder = "/api/v1/namespaces/kube-system/configmaps";

/** A ConfigMap that the cluster has. */
const keep = (name: string, data: Readonly<Record<string, string>>): unknown =>
  answers.set(`${folder}/${name}`, [200, { kind: "ConfigMap", metadata: { name, resourceVersion: "1" }, data }]);

const api = serveLocally((here) => openWithToken(foundAt(here), new AbortController().signal));
/** What the server answers, by path. */
let answers: Map<string, readonly [code: number, body: unknown]>;
let events: RunEvent[];
beforeEach(() => {
  events = [];
  answers = new Map();
  keep("kubeadm-config", { ClusterConfiguration: "c" });
  keep("kubelet-config", { kubelet: "k" });
  keep("kube-proxy", { "config.conf": "p" });
  api.server.handle((asked) => {
    const [code, body] = answers.get(asked.path) ?? [404, status(404, "NotFound", "not found")];
    answer(asked, code, body);
  });
});

const read = () => {
  const bus = createBus();
  bus.subscribe((event) => void events.push(event));
  return readTexts(api.kube, "w1", options({ bus }));
};
const forbid = (name: string): unknown => answers.set(`${folder}/${name}`, [403, status(403, "Forbidden", "you may not")]);

describe("what a cluster says of itself", () => {
  test("is read with the token, which is in no event", async () => {
    expect(await read()).toEqual({ clusterConfiguration: "c", kubelet: "k", kubeProxy: "p" });
    expect(api.server.asked.map(({ headers }) => headers.authorization)).toEqual(Array(3).fill("Bearer abcdef.0123456789abcdef"));
    expect(events.map(({ type }) => type)).toEqual(["phase-planned", "unit-started", "unit-ended"]);
    expect(JSON.stringify(events)).not.toContain("0123456789abcdef");
  });

  test("may lack kube-proxy, or hide it", async () => {
    answers.delete(`${folder}/kube-proxy`);
    expect(await read()).toMatchObject({ kubeProxy: undefined });
    forbid("kube-proxy");
    expect(await read()).toMatchObject({ kubeProxy: undefined });
  });

  test("must not lack or hide what a node needs", async () => {
    forbid("kubelet-config");
    await expect(read()).rejects.toThrow("the token may not read kubelet-config in kube-system");
    answers.delete(`${folder}/kubelet-config`);
    await expect(read()).rejects.toThrow("the cluster has no ConfigMap kubelet-config in kube-system");
    expect(events.at(-1)).toMatchObject({ type: "unit-ended", state: "failed" });
  });

  test("is not told to a token that may not log in, and that is said", async () => {
    answers.set(`${folder}/kubeadm-config`, [401, status(401, "Unauthorized", "Unauthorized")]);
    await expect(read()).rejects.toThrow("the cluster does not let this token log in");
  });
});

const refuse = (): Promise<void> => refuseTakenName(api.kube, "w1", new AbortController().signal);
const node = (ready: string): void =>
  void answers.set("/api/v1/nodes/w1", [
    200,
    { kind: "Node", metadata: { name: "w1", resourceVersion: "1" }, status: { conditions: [{ type: "Ready", status: ready }] } },
  ]);

describe("a name", () => {
  test("that no node has is free, and so is one whose node is not ready or cannot be asked for", async () => {
    await expect(refuse()).resolves.toBeUndefined();
    node("Unknown");
    await expect(refuse()).resolves.toBeUndefined();
    answers.set("/api/v1/nodes/w1", [403, status(403, "Forbidden", "you may not")]);
    await expect(refuse()).resolves.toBeUndefined();
  });

  test("of a node that is ready is refused, with what to do", async () => {
    node("True");
    await expect(refuse()).rejects.toMatchObject({
      message: "the cluster has a node w1 already, and it is ready: another machine has this name",
      details: { exit: "preflight", hint: expect.stringContaining("--node-name") },
    });
  });
});

test("a server that is not reached is told beside a proxy that is set, and nothing else is", () => {
  const silent = new UserError("10.0.0.11:6443 does not answer", { exit: "unreachable", hint: "look" });
  const proxy = { https_proxy: "http://proxy:3128" };
  expect(besideProxy(silent, proxy).details).toMatchObject({ hint: "look", probably: expect.stringContaining("https_proxy is set here") });
  expect(besideProxy(silent, { https_proxy: "" })).toBe(silent);
  const unknown = new UserError("the token is not known", { exit: "phase" });
  expect(besideProxy(unknown, proxy)).toBe(unknown);
});

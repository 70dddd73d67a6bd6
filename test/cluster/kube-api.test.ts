import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { KubeObject } from "../../src/changes/change.ts";
import { follow } from "../../src/kube/follow.ts";
import { reconcile } from "../../src/kube/reconcile.ts";
import type { Kube, LiveObject } from "../../src/kube/types.ts";
import { until } from "../../src/kube/until.ts";
import { waitReady } from "../../src/kube/wait-ready.ts";
import { balancerImages } from "../../src/supply/images.ts";
import { haproxyPod } from "../../src/templates/balancer/haproxy.ts";
import { kubeVipPod } from "../../src/templates/balancer/kube-vip.ts";
import { type ApiServer, startApiServer } from "../kube/api-server.ts";

let server: ApiServer;
let kube: Kube;

beforeAll(async () => {
  server = await startApiServer();
  kube = server.open();
});
afterAll(async () => {
  kube?.close();
  await server?.stop();
});

const configMap = (name: string, value: string): KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "default" },
  data: { value },
});
const refTo = (name: string) => ({ apiVersion: "v1", kind: "ConfigMap", name, namespace: "default" });
const labels = { app: "web" };
const template = { metadata: { labels }, spec: { containers: [{ name: "web", image: "web:1", ports: [{ containerPort: 80 }] }] } };
const inDefault = { namespace: "default" };

/** As the kubelet shows static pods in the API: these are made by other projects, and kube-vip's image cannot be had where tests run. */
const balancers: readonly KubeObject[] = [
  kubeVipPod({
    cluster: { controlPlaneEndpoint: { host: "10.0.0.9", port: 6443 } },
    image: balancerImages("registry.k8s.io")["kube-vip"],
    device: "eth0",
  }),
  haproxyPod({ controlPlaneEndpoint: { host: "lb.demo.cluster.local", port: 443 } }, balancerImages("registry.k8s.io").haproxy),
];

/** Kinds as kbs applies them, with defaults of the server's in spec, in lists, and in data. */
const wishes: readonly KubeObject[] = [
  configMap("wish", "1"),
  { apiVersion: "v1", kind: "Secret", metadata: { name: "wish", ...inDefault }, type: "Opaque", stringData: { token: "abc" } },
  { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "wish", ...inDefault } },
  {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "wish", ...inDefault, labels },
    spec: { selector: labels, ports: [{ port: 80, protocol: "TCP" }] },
  },
  {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "wish", ...inDefault },
    spec: { selector: { matchLabels: labels }, template },
  },
  {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: { name: "wish", ...inDefault },
    spec: { selector: { matchLabels: labels }, template },
  },
  {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name: "kbs:wish" },
    rules: [{ apiGroups: [""], resources: ["nodes"], verbs: ["get"] }],
  },
  {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: "kbs:wish" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "kbs:wish" },
    subjects: [{ kind: "Group", name: "system:nodes", apiGroup: "rbac.authorization.k8s.io" }],
  },
];
const nameOf = ({ kind }: KubeObject): string => kind;

describe("an object that is wished", () => {
  test.each(wishes.map((wish) => [nameOf(wish), wish] as const))(
    "as %s is made once and then the same, in both readings",
    async (_, object) => {
      expect(await reconcile(kube, { object }, "check")).toEqual({ state: "created", differs: ["absent"] });
      expect(await reconcile(kube, { object }, "apply")).toMatchObject({ state: "created" });
      const { resourceVersion } = (await kube.apply(object)).metadata;
      expect(await reconcile(kube, { object }, "check")).toEqual({ state: "same", differs: [] });
      expect(await reconcile(kube, { object }, "apply")).toEqual({ state: "same", differs: [] });
      expect((await kube.apply(object)).metadata.resourceVersion).toBe(resourceVersion);
    },
  );

  test.each(wishes.map((wish) => [nameOf(wish), wish] as const))(
    "as %s with a label more is changed, and check has said so before",
    async (_, wish) => {
      const object = { ...wish, metadata: { ...wish.metadata, labels: { ...wish.metadata.labels, more: "yes" } } };
      const expected = { state: "changed", differs: [expect.stringMatching(/^metadata\.labels/)] };
      const before = (await kube.apply(wish)).metadata.resourceVersion;
      expect(await reconcile(kube, { object }, "check")).toEqual(expected);
      expect((await kube.apply(wish)).metadata.resourceVersion).toBe(before);
      expect(await reconcile(kube, { object }, "apply")).toEqual(expected);
      expect(await reconcile(kube, { object }, "check")).toEqual({ state: "same", differs: [] });
    },
  );

  test("loses the fields that are wished no more, and keeps those of others", async () => {
    await kube.apply({ ...configMap("shared", "1"), data: { mine: "1", old: "1" } });
    await kube.patch(refTo("shared"), { data: { theirs: "2" } }, "merge");
    expect(await reconcile(kube, { object: { ...configMap("shared", "1"), data: { mine: "1" } } }, "apply")).toEqual({
      state: "changed",
      differs: ['data.old: "1" -> absent'],
    });
    expect(await kube.get(refTo("shared"))).toMatchObject({ data: { mine: "1", theirs: "2" } });
  });

  test("which someone else made alike comes under kbs, once", async () => {
    await kube.create(configMap("foreign", "1"));
    const object = configMap("foreign", "1");
    const expected = { state: "changed", differs: ["metadata.managedFields: fields come under another manager"] };
    expect(await reconcile(kube, { object }, "check")).toEqual(expected);
    expect(await reconcile(kube, { object }, "apply")).toEqual(expected);
    expect(await reconcile(kube, { object }, "apply")).toEqual({ state: "same", differs: [] });
  });

  test("to be made and then left alone is left alone", async () => {
    const first = { object: configMap("once", "1"), manner: "create" } as const;
    const second = { object: configMap("once", "2"), manner: "create" } as const;
    expect(await reconcile(kube, first, "check")).toMatchObject({ state: "created" });
    expect(await reconcile(kube, first, "apply")).toMatchObject({ state: "created" });
    expect(await reconcile(kube, second, "check")).toMatchObject({ state: "same" });
    expect(await reconcile(kube, second, "apply")).toMatchObject({ state: "same" });
    expect(await kube.create(configMap("once", "3"))).toBeUndefined();
    expect(await kube.get(refTo("once"))).toMatchObject({ data: { value: "1" } });
  });

  test("of a kind that is defined a moment before is applied, too", async () => {
    const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
    await kube.apply({
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: "things.example.com" },
      spec: {
        group: "example.com",
        scope: "Namespaced",
        names: { kind: "Thing", plural: "things" },
        versions: [{ name: "v1", served: true, storage: true, schema }],
      },
    });
    const object = { apiVersion: "example.com/v1", kind: "Thing", metadata: { name: "t", ...inDefault }, spec: { size: 1 } };
    expect(await reconcile(kube, { object }, "check")).toMatchObject({ state: "created" });
    const ref = { apiVersion: "example.com/v1", kind: "Thing", name: "t", ...inDefault };
    await until("waiting for the kind Thing", async () => ((await kube.list(ref).catch(() => undefined)) ? undefined : "not served"), {
      timeout: 20_000,
    });
    expect(await reconcile(kube, { object }, "apply")).toMatchObject({ state: "created" });
    expect(await reconcile(kube, { object }, "check")).toMatchObject({ state: "same" });
  });

  test("is deleted once", async () => {
    await kube.apply(configMap("short", "1"));
    expect(await kube.remove(refTo("short"))).toBe(true);
    expect(await kube.remove(refTo("short"))).toBe(false);
    expect(await kube.get(refTo("short"))).toBeUndefined();
  });
});

test.each(balancers.map((pod) => [nameOf(pod), pod] as const))(
  "%s has the fields and values that the API wants of a pod",
  async (_, pod) => {
    // The class stands for a number, which must be the one that the static pod says.
    const taken = await kube.apply<LiveObject & { readonly spec: { readonly priority: number } }>(pod, { dryRun: true });
    expect(taken.spec.priority).toBe(2_000_001_000);
  },
);

describe("a refusal", () => {
  test("for a field that does not exist names the field", async () => {
    const object = { ...configMap("bad", "1"), dta: {} };
    await expect(kube.apply(object)).rejects.toThrow(/refused to apply ConfigMap default\/bad: .*\.dta: field not declared in schema/);
    await expect(kube.create(object)).rejects.toThrow(/refused to create ConfigMap default\/bad: .*unknown field "dta"/);
  });

  test("for a value that is wrong names the value", async () => {
    const service = { apiVersion: "v1", kind: "Service", metadata: { name: "bad", ...inDefault }, spec: { ports: [{ port: 70_000 }] } };
    await expect(kube.apply(service)).rejects.toMatchObject({ code: 422, reason: "Invalid", message: expect.stringContaining("70000") });
  });

  test("for want of a right names user and right", async () => {
    const nobody = server.open(await server.authority.issue("nobody", "/CN=nobody"));
    await expect(nobody.get(refTo("x"))).rejects.toMatchObject({
      code: 403,
      reason: "Forbidden",
      message: expect.stringContaining('User "nobody" cannot get resource "configmaps"'),
    });
    nobody.close();
  });

  test("of a token that is none says what to look at", async () => {
    const stranger = server.open({ token: "not-a-token" });
    await expect(stranger.get(refTo("x"))).rejects.toMatchObject({ code: 401, details: { hint: expect.stringContaining("expired") } });
    stranger.close();
  });

  test("over another manager's field names the manager, where fields are not to be taken over", async () => {
    await kube.apply(configMap("contested", "1"));
    const path = "/api/v1/namespaces/default/configmaps/contested?fieldManager=kubectl&force=true";
    await server.patch(path, "apply-patch+yaml", configMap("contested", "2"));
    await expect(kube.apply(configMap("contested", "3"), { force: false })).rejects.toMatchObject({
      code: 409,
      message: expect.stringContaining('conflict with "kubectl"'),
    });
    expect(await kube.apply(configMap("contested", "3"))).toMatchObject({ data: { value: "3" } });
  });
});

test("a ServiceAccount's token is made, and proven by a TokenReview", async () => {
  await kube.apply({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "admin-user", ...inDefault } });
  const request = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} };
  const path = "/api/v1/namespaces/default/serviceaccounts/admin-user/token";
  const { status } = await kube.raw<{ status: { token: string } }>("POST", path, request);
  const review = { apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec: { token: status.token } };
  expect(await kube.raw("POST", "/apis/authentication.k8s.io/v1/tokenreviews", review)).toMatchObject({
    status: { authenticated: true, user: { username: "system:serviceaccount:default:admin-user" } },
  });
});

test("several hundred objects are applied at once, through one channel", async () => {
  const other = server.open();
  const before = server.tunnels.channels.length;
  const objects = Array.from({ length: 400 }, (_, index) => configMap(`many-${index}`, "1"));
  const applied = await Promise.all(objects.map((object) => other.apply(object)));
  const again = await Promise.all(objects.map((object) => other.apply(object)));
  expect(again.map(({ metadata }) => metadata.resourceVersion)).toEqual(applied.map(({ metadata }) => metadata.resourceVersion));
  expect(server.tunnels.channels.length - before).toBe(1);
  other.close();
});

describe("a connection that is cut", () => {
  test("at any moment of a long list costs time, never a part of the list", async () => {
    const big = "x".repeat(20_000);
    await Promise.all(Array.from({ length: 100 }, (_, index) => kube.apply(configMap(`big-${index}`, big))));
    const all = { apiVersion: "v1", kind: "ConfigMap", namespace: "default", fieldSelector: "metadata.name!=x" };
    const expected = (await kube.list(all)).items.length;
    for (let moment = 0; moment < 12; moment += 1) {
      const cut = setTimeout(() => server.tunnels.cut(), 3 * moment);
      expect((await kube.list(all)).items.length).toBe(expected);
      clearTimeout(cut);
    }
  });

  test.each(["restart", "crash"] as const)("by the API server's %s in flight: all is applied, and a watch goes on", async (how) => {
    const seen = new Set<string>();
    const stop = new AbortController();
    const following = follow(
      kube,
      { apiVersion: "v1", kind: "ConfigMap", namespace: "default" },
      { signal: stop.signal, onChange: (objects) => [...objects.values()].forEach(({ metadata }) => seen.add(metadata.name)) },
    );
    const names = Array.from({ length: 300 }, (_, index) => `${how}-${index}`);
    const applying = Promise.all(names.map((name) => kube.apply(configMap(name, "1"), { patience: 60_000 })));
    const [applied] = await Promise.all([applying, server[how]()]);
    expect(applied.length).toBe(300);
    await kube.apply(configMap(`${how}-after`, "1"));
    await expect.poll(() => [...names, `${how}-after`].filter((name) => !seen.has(name)), { timeout: 20_000 }).toEqual([]);
    stop.abort();
    await following;
  });
});

const node = (name: string): KubeObject => ({ apiVersion: "v1", kind: "Node", metadata: { name } });
const condition = (type: string, ready: boolean, more = {}) => ({ conditions: [{ type, status: ready ? "True" : "False", ...more }] });
const report = (path: string, status: unknown): Promise<void> => server.patch(`${path}/status`, "merge-patch+json", { status });

describe("waiting for nodes and pods", () => {
  const namespace = "waited";
  const apps = `/apis/apps/v1/namespaces/${namespace}`;
  const workload = (kind: string): KubeObject => ({
    apiVersion: "apps/v1",
    kind,
    metadata: { name: "web", namespace },
    spec: { selector: { matchLabels: labels }, template },
  });

  beforeAll(async () => {
    await kube.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  });

  test("follows each step, ends at once with the last, and takes one channel", async () => {
    const other = server.open();
    const channels = server.tunnels.channels.length;
    const told: string[] = [];
    let ended = 0;
    const waiting = waitReady(
      other,
      { nodes: ["cp1", "w1"], namespaces: [namespace] },
      { timeout: 60_000, onWait: (reason) => told.push(reason) },
    ).then(() => (ended = performance.now()));
    const tells = (text: string): Promise<void> => expect.poll(() => told.at(-1), { timeout: 10_000, interval: 5 }).toBe(text);

    await tells("node cp1: has not registered yet; node w1: has not registered yet");
    await Promise.all(["cp1", "w1"].map((name) => kube.apply(node(name))));
    await tells("node cp1: its kubelet has not reported yet; node w1: its kubelet has not reported yet");
    await report("/api/v1/nodes/cp1", condition("Ready", true));
    const message = "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:no plugin";
    await report("/api/v1/nodes/w1", condition("Ready", false, { reason: "KubeletNotReady", message }));
    await tells("node w1: NetworkPluginNotReady");

    await kube.apply(workload("Deployment"));
    await kube.apply(workload("DaemonSet"));
    const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "web-1", namespace }, spec: template.spec };
    await kube.apply(pod);
    await report("/api/v1/nodes/w1", condition("Ready", true));
    const unseen = "its controller has not seen it yet";
    await tells(`pod web-1: Pending; deployment web: ${unseen}; daemon set web: ${unseen}`);
    await report(`${apps}/deployments/web`, {
      observedGeneration: 1,
      replicas: 1,
      updatedReplicas: 1,
      readyReplicas: 1,
      availableReplicas: 1,
    });
    const seen = { observedGeneration: 1, currentNumberScheduled: 2, numberMisscheduled: 0, numberReady: 1, desiredNumberScheduled: 2 };
    await report(`${apps}/daemonsets/web`, { ...seen, updatedNumberScheduled: 2, numberAvailable: 1 });
    await tells("pod web-1: Pending; daemon set web: available on 1 of 2 nodes");
    await report(`${apps}/daemonsets/web`, { ...seen, numberReady: 2, updatedNumberScheduled: 2, numberAvailable: 2 });
    await tells("pod web-1: Pending");
    await report(`/api/v1/namespaces/${namespace}/pods/web-1`, { phase: "Running", ...condition("Ready", true) });
    const reported = performance.now();
    await waiting;
    expect(ended - reported).toBeLessThan(5000); // its time limit is a minute
    expect(server.tunnels.channels.length - channels).toBe(1);
    other.close();
  });

  test("of which all are ready takes a look and no more", async () => {
    const started = performance.now();
    await waitReady(kube, { nodes: ["cp1", "w1"], namespaces: [namespace] }, { timeout: 10_000 });
    expect(performance.now() - started).toBeLessThan(1000);
  });

  test("that do not come ends with its time limit and names them", async () => {
    const waiting = waitReady(kube, { nodes: ["cp1", "w9"], namespaces: [namespace] }, { timeout: 500 });
    await expect(waiting).rejects.toMatchObject({
      message: "waiting for nodes and pods to be ready: given up after 0.5 s: node w9: has not registered yet",
      details: { exit: "phase" },
    });
  });

  test("outlasts a restart of the API server, and says meanwhile that it does not answer", async () => {
    const told: string[] = [];
    const waiting = waitReady(kube, { nodes: ["w2"], namespaces: [namespace] }, { timeout: 60_000, onWait: (reason) => told.push(reason) });
    await expect.poll(() => told.at(-1)).toBe("node w2: has not registered yet");
    await server.crash();
    await kube.apply(node("w2"));
    await report("/api/v1/nodes/w2", condition("Ready", true));
    await waiting;
    expect(told.some((reason) => reason.includes("does not answer"))).toBe(true);
  });

  test("ends when it is interrupted", async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error("interrupted")), 100);
    const waiting = waitReady(kube, { nodes: ["w9"], namespaces: [] }, { timeout: 60_000, signal: stop.signal });
    await expect(waiting).rejects.toThrow("interrupted");
  });
});

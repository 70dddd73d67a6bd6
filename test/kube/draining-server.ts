import { type Asked, answer, status } from "./local-server.ts";

export interface FakePod {
  readonly name: string;
  readonly node: string;
  /** Kind and name of its controller; without one nobody makes it anew. */
  readonly owner?: readonly [kind: string, name: string];
  readonly emptyDir?: boolean;
  readonly mirror?: boolean;
  readonly phase?: string;
  /** What a disruption budget says against its eviction, as often as it does. */
  budget?: { readonly says: string; times: number };
  /** How often it is still seen after it was asked to end. */
  lingers?: number;
  isEnding?: boolean;
  graceAsked?: number;
}

export interface FakeNodeObject {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  ready?: "True" | "False" | "Unknown";
  unschedulable?: boolean;
}

/** Nodes and pods of a cluster in memory, as far as a drain has to do with them. */
export interface FakeCluster {
  readonly nodes: Map<string, FakeNodeObject>;
  readonly pods: Map<string, FakePod>;
  readonly daemonSets: readonly string[];
  /** Evictions and deletions in the order in which they came: `evict a`, `delete a`, `forget w1`. */
  readonly told: string[];
}

const nodeObject = ({ name, labels = {}, ready = "True", unschedulable = false }: FakeNodeObject): unknown => ({
  apiVersion: "v1",
  kind: "Node",
  metadata: { name, labels, resourceVersion: "1" },
  spec: unschedulable ? { unschedulable } : {},
  status: { conditions: [{ type: "Ready", status: ready }] },
});

const podObject = (pod: FakePod): unknown => ({
  metadata: {
    name: pod.name,
    namespace: "default",
    uid: `uid-${pod.name}`,
    resourceVersion: "1",
    ...(pod.mirror === true && { annotations: { "kubernetes.io/config.mirror": "x" } }),
    ...(pod.owner && { ownerReferences: [{ kind: pod.owner[0], name: pod.owner[1], controller: true }] }),
    ...(pod.isEnding === true && { deletionTimestamp: "2026-01-01T00:00:00Z" }),
  },
  spec: { volumes: pod.emptyDir === true ? [{ name: "scratch", emptyDir: {} }] : [] },
  status: { phase: pod.phase ?? "Running" },
});

const list = (items: readonly unknown[]): unknown => ({ items, metadata: { resourceVersion: "1" } });
const missing = status(404, "NotFound", "not found");

const forbidden = (says: string): unknown => ({
  kind: "Status",
  code: 429,
  reason: "TooManyRequests",
  message: "Cannot evict pod as it would violate the pod's disruption budget.",
  details: { causes: [{ reason: "DisruptionBudget", message: says }] },
});

/** A pod that was asked to end is gone once it was seen ending as often as it lingers. */
const podsOf = ({ pods }: FakeCluster, node: string): readonly unknown[] => {
  const here = [...pods.values()].filter((pod) => pod.node === node);
  const shown = here.map(podObject);
  for (const pod of here) {
    if (pod.isEnding !== true) continue;
    if ((pod.lingers ?? 0) <= 0) pods.delete(pod.name);
    else pod.lingers = (pod.lingers ?? 0) - 1;
  }
  return shown;
};

const evict = (asked: Asked, { pods, told }: FakeCluster, name: string): void => {
  const pod = pods.get(name);
  if (!pod) return answer(asked, 404, missing);
  told.push(`evict ${name}`);
  if (pod.budget && pod.budget.times-- > 0) return answer(asked, 429, forbidden(pod.budget.says));
  pod.isEnding = true;
  const eviction: { readonly deleteOptions?: { readonly gracePeriodSeconds?: number } } = JSON.parse(asked.body);
  if (eviction.deleteOptions?.gracePeriodSeconds !== undefined) pod.graceAsked = eviction.deleteOptions.gracePeriodSeconds;
  answer(asked, 201, { kind: "Status", status: "Success" });
};

const deletePod = (asked: Asked, { pods, told }: FakeCluster, name: string): void => {
  const pod = pods.get(name);
  if (!pod) return answer(asked, 404, missing);
  told.push(`delete ${name}`);
  pod.isEnding = true;
  answer(asked, 200, podObject(pod));
};

const onNode = (asked: Asked, cluster: FakeCluster, name: string): void => {
  const node = cluster.nodes.get(name);
  if (!node) return answer(asked, 404, missing);
  if (asked.method === "DELETE") {
    cluster.nodes.delete(name);
    cluster.told.push(`forget ${name}`);
  }
  if (asked.method === "PATCH") {
    const { spec }: { readonly spec: { readonly unschedulable: boolean } } = JSON.parse(asked.body);
    node.unschedulable = spec.unschedulable;
    cluster.told.push(`cordon ${name}`);
  }
  answer(asked, 200, nodeObject(node));
};

/** Answers as the API server of this cluster would. */
export const serveCluster =
  (cluster: FakeCluster) =>
  (asked: Asked): void => {
    const { pathname, searchParams } = new URL(asked.path, "https://kubernetes");
    const [, pod, eviction] = /^\/api\/v1\/namespaces\/default\/pods\/([^/]+)(\/eviction)?$/.exec(pathname) ?? [];
    const [, node] = /^\/api\/v1\/nodes\/([^/]+)$/.exec(pathname) ?? [];
    if (pod !== undefined) return eviction === undefined ? deletePod(asked, cluster, pod) : evict(asked, cluster, pod);
    if (node !== undefined) return onNode(asked, cluster, node);
    if (pathname === "/api/v1/nodes") return answer(asked, 200, list([...cluster.nodes.values()].map(nodeObject)));
    if (pathname === "/apis/apps/v1/daemonsets")
      return answer(
        asked,
        200,
        list(cluster.daemonSets.map((name) => ({ metadata: { name, namespace: "default", resourceVersion: "1" } }))),
      );
    if (pathname === "/api/v1/pods")
      return answer(asked, 200, list(podsOf(cluster, (searchParams.get("fieldSelector") ?? "").replace("spec.nodeName=", ""))));
    answer(asked, 404, missing);
  };

export const fakeCluster = (
  nodes: readonly FakeNodeObject[],
  pods: readonly FakePod[],
  daemonSets: readonly string[] = [],
): FakeCluster => ({
  nodes: new Map(nodes.map((node) => [node.name, node])),
  pods: new Map(pods.map((pod) => [pod.name, pod])),
  daemonSets,
  told: [],
});

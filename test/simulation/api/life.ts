import { setTimeout as sleep } from "node:timers/promises";
import type { KubeObject } from "../../../src/changes/change.ts";
import type { SimulatedApi } from "./server.ts";
import type { Place, Store, Stored } from "./store.ts";

/** A kubelet that has credentials and reports. */
export interface Kubelet {
  readonly node: string;
  readonly isControlPlane: boolean;
  /** How many times slower than others all of its host is. */
  readonly slowness: number;
}

/** Milliseconds, as they were seen in the lab. */
const times = { rights: 5000, ready: 7000, register: 900, container: 700, probe: 1300, report: 200, staticPod: 9000 } as const;

const place = (collection: string, name: string, namespace?: string): Place => ({ collection, name, namespace });
const nodes = "/api/v1/nodes";
const pods = "/api/v1/pods";
const daemonSets = "/apis/apps/v1/daemonsets";
const deployments = "/apis/apps/v1/deployments";

/** Some of the controllers whose rights the API server makes at its start. */
const controllers = ["deployment-controller", "endpoint-controller", "node-controller", "replicaset-controller", "daemon-set-controller"];

const binding = (name: string): KubeObject => ({
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRoleBinding",
  metadata: { name: `system:controller:${name}`, labels: { "kubernetes.io/bootstrapping": "rbac-defaults" } },
  subjects: [{ kind: "ServiceAccount", name, namespace: "kube-system" }],
});

interface Template {
  readonly replicas?: number;
  readonly template?: { readonly metadata?: { readonly labels?: Record<string, string> }; readonly spec?: unknown };
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what kbs applies is a workload with a template
const specOf = ({ spec }: Stored): Template => spec as Template;

const condition = (type: string, isTrue: boolean, message = "") => ({ type, status: isTrue ? "True" : "False", reason: message, message });

type PodStage = "Pending" | "Running" | "Ready";

/** Whether the status of a node or a pod says Ready. */
const isReady = (object: Stored | undefined): boolean => {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- all statuses are written here
  const { conditions = [] } = (object?.status ?? {}) as { readonly conditions?: readonly ReturnType<typeof condition>[] };
  return conditions.some(({ type, status }) => type === "Ready" && status === "True");
};

const podStatus = (stage: PodStage) => ({
  phase: stage === "Pending" ? "Pending" : "Running",
  conditions: [condition("PodScheduled", true), condition("Initialized", stage !== "Pending"), condition("Ready", stage === "Ready")],
  containerStatuses: [
    {
      name: "main",
      ready: stage === "Ready",
      state: stage === "Pending" ? { waiting: { reason: "ContainerCreating" } } : { running: { startedAt: "2026-01-01T00:00:00Z" } },
    },
  ],
});

export interface Life {
  /** The control plane's processes have started: the API becomes ready after a while. */
  readonly begin: () => Promise<void>;
  /** A kubelet has reached the API: its node registers, pods start on it, and it becomes ready with its network. */
  readonly register: (kubelet: Kubelet) => Promise<void>;
}

/** What a cluster does by itself: the controllers, the scheduler and the kubelets of thousands of nodes. */
export const liveIn = (store: Store, api: SimulatedApi): Life => {
  const kubelets = new Map<string, Kubelet>();
  const due = new Set<string>();
  /** Pods of each daemon set. */
  const counts = new Map<string, { begun: number; ready: number }>();

  const setStatus = (at: Place, status: unknown): void => {
    const object = store.get(at);
    if (object) store.put(at, { ...object, status });
  };
  const setNode = (name: string, isReady: boolean): void =>
    setStatus(place(nodes, name), {
      conditions: [condition("Ready", isReady, isReady ? "" : "container runtime network not ready: reason:NetworkPluginNotReady")],
    });

  /** Many pods that change at once cost one report. */
  const report = async (set: string): Promise<void> => {
    if (due.has(set)) return;
    due.add(set);
    await sleep(times.report);
    due.delete(set);
    const [namespace = "", name = ""] = set.split("/");
    const object = store.get(place(daemonSets, name, namespace));
    const { begun = 0, ready = 0 } = counts.get(set) ?? {};
    setStatus(place(daemonSets, name, namespace), {
      observedGeneration: object?.metadata.generation,
      desiredNumberScheduled: kubelets.size,
      updatedNumberScheduled: begun,
      numberAvailable: ready,
    });
  };

  const startPod = async (at: Place, owner: Stored | undefined, { node, slowness }: Kubelet, probe: number): Promise<void> => {
    const { template } = owner ? specOf(owner) : {};
    const labels = template?.metadata?.labels ?? {};
    const metadata = { name: at.name, ...(at.namespace !== undefined && { namespace: at.namespace }), labels };
    store.put(at, {
      apiVersion: "v1",
      kind: "Pod",
      metadata,
      spec: { ...(typeof template?.spec === "object" && template.spec), nodeName: node },
      status: podStatus("Pending"),
    });
    await sleep(times.container * slowness);
    setStatus(at, podStatus("Running"));
    const end = Date.now() + probe * slowness;
    // A kubelet that is made to look at a pod again probes it at once.
    while (Date.now() < end && store.get(at)?.metadata.annotations?.["kbs.dev/look-again"] === undefined) await sleep(100);
    setStatus(at, podStatus("Ready"));
  };

  const daemonPod = async (set: Stored, kubelet: Kubelet): Promise<void> => {
    const { name, namespace = "" } = set.metadata;
    const at = place(pods, `${name}-${kubelet.node}`, namespace);
    if (store.get(at)) return;
    const count = counts.get(`${namespace}/${name}`) ?? { begun: 0, ready: 0 };
    counts.set(`${namespace}/${name}`, count);
    count.begun++;
    await startPod(at, set, kubelet, times.probe);
    count.ready++;
    void report(`${namespace}/${name}`);
    if (name.includes("flannel")) setNode(kubelet.node, true);
  };

  const deploy = async (deployment: Stored): Promise<void> => {
    const { name, namespace = "" } = deployment.metadata;
    const replicas = specOf(deployment).replicas ?? 1;
    const [first] = kubelets.values();
    if (!first) return;
    const at = (nth: number): Place => place(pods, `${name}-${nth}`, namespace);
    const wanted = Array.from({ length: replicas }, (_, nth) => nth).filter((nth) => !store.get(at(nth)));
    if (wanted.length === 0) return;
    while (!isReady(store.get(place(nodes, first.node)))) await sleep(500);
    await Promise.all(wanted.map((nth) => startPod(at(nth), deployment, first, 10_000)));
    setStatus(place(deployments, name, namespace), {
      observedGeneration: store.get(place(deployments, name, namespace))?.metadata.generation,
      replicas,
      updatedReplicas: replicas,
      availableReplicas: replicas,
    });
  };

  store.watch(daemonSets, 0, ({ type, object }) => {
    if (type === "ADDED") for (const kubelet of kubelets.values()) void daemonPod(object, kubelet);
  });
  store.watch(deployments, 0, ({ type, object }) => void (type === "ADDED" && deploy(object)));

  return {
    begin: async () => {
      api.notReady = ["poststarthook/rbac/bootstrap-roles"];
      await sleep(times.rights);
      const bindings = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings";
      for (const name of controllers) store.put(place(bindings, `system:controller:${name}`), binding(name));
      await sleep(times.ready - times.rights);
      api.notReady = [];
    },
    register: async (kubelet) => {
      const { node, isControlPlane, slowness } = kubelet;
      if (kubelets.has(node)) return;
      await sleep(times.register * slowness);
      kubelets.set(node, kubelet);
      store.put(place(nodes, node), { apiVersion: "v1", kind: "Node", metadata: { name: node, labels: {} }, spec: {} });
      setNode(node, false);
      const staticPods = isControlPlane ? ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"] : [];
      await Promise.all([
        ...staticPods.map((name) => startPod(place(pods, `${name}-${node}`, "kube-system"), undefined, kubelet, times.staticPod)),
        ...store.list(daemonSets).map((set) => daemonPod(set, kubelet)),
        ...store.list(deployments).map(deploy),
      ]);
    },
  };
};

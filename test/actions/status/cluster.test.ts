import { describe, expect, test } from "vitest";
import { viewCluster } from "../../../src/actions/status/cluster.ts";
import { cluster } from "../../templates/cluster.ts";
import { list, serveApi } from "../api.ts";

const ready = [{ type: "Ready", status: "True" }];

const node = (name: string, ip: string, labels: Record<string, string> = {}, conditions: readonly unknown[] = ready) => ({
  metadata: { name, labels },
  status: {
    conditions,
    nodeInfo: { kubeletVersion: "v1.36.3" },
    addresses: [
      { type: "Hostname", address: name },
      { type: "InternalIP", address: ip },
    ],
  },
});

const pod = (name: string, nodeName: string | undefined, isStatic = false, problem?: string) => ({
  metadata: { name, namespace: "kube-system", ...(isStatic && { annotations: { "kubernetes.io/config.mirror": "0123" } }) },
  spec: { ...(nodeName !== undefined && { nodeName }) },
  status:
    problem === undefined
      ? { phase: "Running", conditions: ready }
      : { phase: "Pending", containerStatuses: [{ name: "main", ready: false, state: { waiting: { reason: problem } } }] },
});

const rolledOut = (name: string, replicas: number, available: number) => ({
  metadata: { name, namespace: "kube-system", generation: 1 },
  spec: { replicas },
  status: { observedGeneration: 1, replicas, updatedReplicas: replicas, availableReplicas: available },
});

const staticPods = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd"].map((name) => pod(`${name}-cp1`, "cp1", true));

const healthy = {
  "GET /version": { gitVersion: "v1.36.3" },
  "GET /api/v1/nodes": list(
    node("cp1", "10.0.0.11", { "node-role.kubernetes.io/control-plane": "", "kubernetes.io/os": "linux" }),
    node("w1", "10.0.0.21"),
  ),
  "GET /api/v1/namespaces/kube-system/pods": list(pod("coredns-1", "w1"), ...staticPods),
  "GET /api/v1/namespaces/kube-flannel/pods": list(pod("kube-flannel-ds-1", "cp1")),
  "GET /apis/apps/v1/namespaces/kube-system/deployments": list(rolledOut("coredns", 2, 2)),
};

let answers: Record<string, unknown> = healthy;
const api = serveApi(() => answers);
const view = (changes: Record<string, unknown> = {}, of = cluster) => {
  answers = { ...healthy, ...changes };
  return viewCluster(api.kube(), of, new AbortController().signal);
};

describe("a cluster in which all is well", () => {
  test("has its version, its nodes with their roles, and nothing that waits", async () => {
    expect(await view()).toMatchObject({
      kubernetes: "v1.36.3",
      nodes: [
        { name: "cp1", ready: true, version: "v1.36.3", roles: ["control-plane"], internalIp: "10.0.0.11" },
        { name: "w1", ready: true, version: "v1.36.3", roles: [], internalIp: "10.0.0.21" },
      ],
      waiting: [],
    });
  });

  test("shows static pods before the others, from the namespaces of its own parts", async () => {
    const { components } = await view();
    expect(components.map(({ name, kind }) => `${kind} ${name}`)).toEqual([
      "static-pod kube-apiserver-cp1",
      "static-pod kube-controller-manager-cp1",
      "static-pod kube-scheduler-cp1",
      "static-pod etcd-cp1",
      "system-pod coredns-1",
      "system-pod kube-flannel-ds-1",
    ]);
    expect(components.at(-1)).toEqual({ name: "kube-flannel-ds-1", kind: "system-pod", node: "cp1", ready: true });
  });

  test("is not asked for flannel where it has another network", async () => {
    await view({}, { ...cluster, network: { ...cluster.network, plugin: "none" } });
    expect(api.asked().filter(([request]) => request.includes("kube-flannel"))).toEqual([]);
  });
});

describe("what waits is said with its reason", () => {
  test("a host that is no node, and a node that is not ready", async () => {
    const stopped = [{ type: "Ready", status: "Unknown" }];
    const { nodes, waiting } = await view({ "GET /api/v1/nodes": list(node("cp1", "10.0.0.11", {}, stopped)) });
    expect(nodes).toMatchObject([{ name: "cp1", ready: false, why: "its kubelet has stopped reporting" }]);
    expect(waiting).toEqual(["host w1 is not a node of the cluster yet", "node cp1: its kubelet has stopped reporting"]);
  });

  test("a pod, and the deployment that waits for it", async () => {
    const { components, waiting } = await view({
      "GET /api/v1/namespaces/kube-system/pods": list(pod("coredns-1", undefined, false, "ImagePullBackOff"), ...staticPods),
      "GET /apis/apps/v1/namespaces/kube-system/deployments": list(rolledOut("coredns", 2, 1)),
    });
    expect(components).toContainEqual({ name: "coredns-1", kind: "system-pod", ready: false, why: "ImagePullBackOff" });
    expect(waiting).toEqual(["pod coredns-1: ImagePullBackOff", "deployment coredns: 1 of 2 replicas available"]);
  });

  test("a part of the control plane that does not run at all", async () => {
    const { waiting } = await view({ "GET /api/v1/namespaces/kube-system/pods": list(...staticPods.slice(0, 2), staticPods[3]) });
    expect(waiting).toEqual(["static pod kube-scheduler-cp1 is not there: node cp1 does not run it"]);
  });

  test("but not etcd where it runs elsewhere", async () => {
    const { waiting } = await view(
      { "GET /api/v1/namespaces/kube-system/pods": list(...staticPods.slice(0, 3)) },
      { ...cluster, etcd: { ...cluster.etcd, mode: "external" } },
    );
    expect(waiting).toEqual([]);
  });
});

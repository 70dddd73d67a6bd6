import { describe, expect, test } from "vitest";
import { type DaemonSetObject, daemonSetReady, deploymentReady, nodeReady, type PodObject, podReady } from "../../src/kube/ready.ts";

const metadata = { name: "x", resourceVersion: "1", generation: 2 };
const head = { apiVersion: "v1", kind: "Any", metadata };

const node = (condition?: { status: "True" | "False" | "Unknown"; reason?: string; message?: string }) =>
  nodeReady({
    ...head,
    status: condition
      ? {
          conditions: [
            { type: "MemoryPressure", status: "False" },
            { type: "Ready", ...condition },
          ],
        }
      : {},
  });

const pod = (status: PodObject["status"], more: Partial<PodObject["metadata"]> = {}) =>
  podReady({ ...head, metadata: { ...metadata, ...more }, ...(status ? { status } : {}) });

describe("a node", () => {
  test("is ready when its Ready condition is True", () => expect(node({ status: "True", reason: "KubeletReady" })).toBeUndefined());

  test("that waits for its pod network says so", () => {
    const message =
      "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized";
    expect(node({ status: "False", reason: "KubeletNotReady", message })).toBe("NetworkPluginNotReady");
  });

  test("with another trouble tells its message", () =>
    expect(node({ status: "False", reason: "KubeletNotReady", message: "PLEG is not healthy" })).toBe(
      "KubeletNotReady: PLEG is not healthy",
    ));

  test("whose kubelet fell silent, or has never spoken", () => {
    expect(node({ status: "Unknown", reason: "NodeStatusUnknown" })).toBe("its kubelet has stopped reporting");
    expect(node()).toBe("its kubelet has not reported yet");
  });
});

describe("a pod", () => {
  const initialised = { type: "Initialized", status: "True" } as const;

  test("is ready when it runs and its Ready condition is True", () => {
    expect(pod({ phase: "Running", conditions: [{ type: "Ready", status: "True" }] })).toBeUndefined();
    expect(pod({ phase: "Running", conditions: [{ type: "Ready", status: "False" }] })).toBe("it runs, but is not ready");
  });

  test("is ready when it has succeeded", () => expect(pod({ phase: "Succeeded" })).toBeUndefined());

  test("that fails is a reason to wait, unless its controller makes another", () => {
    expect(pod({ phase: "Failed", reason: "Evicted" })).toBe("Failed: Evicted");
    expect(pod({ phase: "Failed", reason: "Evicted" }, { ownerReferences: [{ controller: true }] })).toBeUndefined();
  });

  test("on its way out is not waited for", () =>
    expect(pod({ phase: "Running" }, { deletionTimestamp: "2026-01-01T00:00:00Z" })).toBeUndefined());

  test("without a node says what the scheduler says", () => {
    const message = "0/1 nodes are available: 1 node(s) had untolerated taint(s)";
    const conditions = [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message }] as const;
    expect(pod({ phase: "Pending", conditions })).toBe(`Unschedulable: ${message}`);
  });

  test("says what its first unready container waits for", () => {
    const containerStatuses = [
      { name: "a", ready: true, state: {} },
      { name: "b", ready: false, state: { waiting: { reason: "ImagePullBackOff", message: "Back-off pulling image" } } },
    ];
    expect(pod({ phase: "Pending", conditions: [initialised], containerStatuses })).toBe("ImagePullBackOff: Back-off pulling image");
    const starting = [{ name: "a", ready: false, state: { waiting: { reason: "ContainerCreating" } } }];
    expect(pod({ phase: "Pending", conditions: [initialised], containerStatuses: starting })).toBe("ContainerCreating");
  });

  test("names the init container that holds it up, and only while it does", () => {
    const containerStatuses = [{ name: "a", ready: false, state: { waiting: { reason: "PodInitializing" } } }];
    const initContainerStatuses = [{ name: "install-cni", ready: false, state: { terminated: { reason: "Error", exitCode: 1 } } }];
    const status = { phase: "Pending", containerStatuses, initContainerStatuses } as const;
    expect(pod(status)).toBe("container install-cni ended with code 1 (Error)");
    expect(pod({ ...status, conditions: [initialised] })).toBe("PodInitializing");
  });

  test("whose probe has not yet succeeded names the container", () => {
    const containerStatuses = [{ name: "coredns", ready: false, state: {} }];
    expect(pod({ phase: "Running", conditions: [initialised], containerStatuses })).toBe("container coredns is not ready yet");
  });

  test("that no kubelet has seen is Pending", () => expect(pod(undefined)).toBe("Pending"));
});

describe("a Deployment", () => {
  const good = { observedGeneration: 2, replicas: 2, updatedReplicas: 2, availableReplicas: 2 };
  test.each([
    [good, undefined],
    [{}, "its controller has not seen it yet"],
    [{ ...good, observedGeneration: 1 }, "its controller has not seen it yet"],
    [{ ...good, updatedReplicas: 1 }, "1 of 2 replicas updated"],
    [{ ...good, availableReplicas: 0 }, "0 of 2 replicas available"],
    [{ ...good, replicas: 3 }, "1 old replicas to end"],
  ])("with %o: %s", (status, reason) => expect(deploymentReady({ ...head, spec: { replicas: 2 }, status })).toBe(reason));
});

describe("a DaemonSet", () => {
  const good = { observedGeneration: 2, desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 3 };
  const old: DaemonSetObject["status"] = { ...good, updatedNumberScheduled: 1 };
  test.each([
    [good, undefined],
    [{ ...good, observedGeneration: 1 }, "its controller has not seen it yet"],
    [old, "updated on 1 of 3 nodes"],
    [{ ...good, numberAvailable: 2 }, "available on 2 of 3 nodes"],
  ])("with %o: %s", (status, reason) => expect(daemonSetReady({ ...head, status })).toBe(reason));

  test("that is updated by hand is ready with old pods", () =>
    expect(daemonSetReady({ ...head, spec: { updateStrategy: { type: "OnDelete" } }, status: old })).toBeUndefined());
});

const twoReplicas = (availableReplicas: number) => ({
  ...head,
  spec: { replicas: 2 },
  status: { observedGeneration: 2, replicas: 2, updatedReplicas: 2, availableReplicas },
});
const onFourNodes = (numberAvailable: number) => ({
  ...head,
  status: { observedGeneration: 2, desiredNumberScheduled: 4, updatedNumberScheduled: 4, numberAvailable },
});

describe("while a node is known to be away", () => {
  test("what may have run there is not missed, and nothing else", () => {
    expect([deploymentReady(twoReplicas(1), 1), daemonSetReady(onFourNodes(3), 1)]).toEqual([undefined, undefined]);
    expect(deploymentReady(twoReplicas(0), 3)).toBe("0 of 2 replicas available");
    expect(daemonSetReady(onFourNodes(2), 1)).toBe("available on 2 of 3 nodes");
  });
});

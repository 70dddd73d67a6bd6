import { describe, expect, test } from "vitest";
import { collectionPath, describeRef, findResource, knownResource, objectPath } from "../../src/kube/kinds.ts";

describe("a path", () => {
  test("of the core group and of a named group", () => {
    const pod = { apiVersion: "v1", kind: "Pod", namespace: "kube-system", name: "p" };
    const deployment = { apiVersion: "apps/v1", kind: "Deployment", namespace: "kube-system", name: "coredns" };
    const [pods, deployments] = [knownResource(pod), knownResource(deployment)];
    expect(pods && objectPath(pod, pods)).toBe("/api/v1/namespaces/kube-system/pods/p");
    expect(deployments && objectPath(deployment, deployments)).toBe("/apis/apps/v1/namespaces/kube-system/deployments/coredns");
  });

  test("of all namespaces where none is named", () => {
    expect(collectionPath({ apiVersion: "v1", kind: "Pod" }, { plural: "pods", namespaced: true })).toBe("/api/v1/pods");
  });

  test("of a cluster-wide object has no namespace, even if one is named", () => {
    const node = { apiVersion: "v1", kind: "Node", name: "cp1", namespace: "default" };
    expect(objectPath(node, { plural: "nodes", namespaced: false })).toBe("/api/v1/nodes/cp1");
  });

  test("keeps the colons of RBAC names out of the way", () => {
    const role = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", name: "kubeadm:get-nodes" };
    expect(objectPath(role, { plural: "clusterroles", namespaced: false })).toBe(
      "/apis/rbac.authorization.k8s.io/v1/clusterroles/kubeadm%3Aget-nodes",
    );
  });
});

test("a subresource is no resource", () => {
  const resources = [{ name: "pods/eviction", kind: "Eviction", namespaced: true }];
  expect(findResource({ resources }, "Eviction")).toBeUndefined();
});

test("an object is called by kind, namespace and name", () => {
  expect(describeRef({ apiVersion: "v1", kind: "Secret", namespace: "kube-system", name: "s" })).toBe("Secret kube-system/s");
  expect(describeRef({ apiVersion: "v1", kind: "Node", name: "cp1" })).toBe("Node cp1");
});

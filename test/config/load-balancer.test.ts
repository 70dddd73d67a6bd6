import { expect, test } from "vitest";
import { load, minimal } from "./read.ts";
import { tell } from "./tell.ts";

test("with haproxy the endpoint gets a name of the cluster's own, at the API server's port", async () => {
  const { cluster } = await load(
    minimal("  loadBalancer: haproxy\n  kubernetes: { dnsDomain: k8s.internal, apiServer: { bindPort: 7443 } }\n"),
  );
  expect(cluster.controlPlaneEndpoint).toEqual({ host: "lb.demo.k8s.internal", port: 7443 });
});

test("a name that is given is taken instead", async () => {
  const { cluster } = await load(minimal("  loadBalancer: haproxy\n  controlPlaneEndpoint: k8s.example.com\n"));
  expect(cluster.controlPlaneEndpoint).toEqual({ host: "k8s.example.com", port: 6443 });
});

test("who wants kube-vip is told what kbs could not try", async () => {
  const { cluster, warnings } = await load(minimal("  loadBalancer: kube-vip\n  controlPlaneEndpoint: 10.0.0.9\n"));
  expect(cluster.controlPlaneEndpoint).toEqual({ host: "10.0.0.9", port: 6443 });
  expect(warnings.map(tell)).toEqual([expect.stringContaining("no bundle has kube-vip: each control plane pulls its image")]);
});

const three = (more: string): string => `apiVersion: kbs/v1
kind: Cluster
metadata: { name: demo }
spec:
  hosts:
    - { name: cp1, address: 10.0.0.11, roles: [control-plane] }
    - { name: cp2, address: 10.0.0.12, roles: [control-plane] }
    - { name: cp3, address: 10.0.0.13, roles: [control-plane] }
    - { name: w1, address: 10.0.0.21, roles: [worker] }
${more}`;

test("several control planes behind the address of one are a warning; behind a name or a load balancer they are not", async () => {
  const alone = await load(three(""));
  expect(alone.warnings.map(tell)).toEqual([expect.stringContaining("the endpoint is cp1 alone: while it is away, no worker reaches")]);
  for (const more of ["  controlPlaneEndpoint: k8s.example.com\n", "  loadBalancer: haproxy\n"])
    expect((await load(three(more))).warnings.map(tell)).toEqual([]);
});

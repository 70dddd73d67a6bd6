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

import { expect, test } from "vitest";
import type { Cluster } from "../../../src/config/types.ts";
import { endpointAddress, haproxyConfig, haproxyPod } from "../../../src/templates/balancer/haproxy.ts";
import { cluster, cp1, host, w1, withKubernetes } from "../cluster.ts";
import { plain } from "../plain.ts";
import { podSpecOf } from "../pods.ts";
import { faultsOf } from "../well-formed.ts";

const cp2 = host("cp2", "10.0.0.12", ["control-plane", "worker"]);
const endpoint = { host: "lb.demo.cluster.local", port: 6443 };
const wished: Cluster = { ...cluster, loadBalancer: "haproxy", controlPlaneEndpoint: endpoint, hosts: [cp1, cp2, w1] };
const linesOf = (of: Cluster, on = w1): readonly string[] =>
  haproxyConfig(of, on)
    .content.split("\n")
    .map((line) => line.trim());

test("the proxy listens for its own node alone, and knows every control plane by its node's address", () => {
  const lines = linesOf(wished);
  expect(lines.filter((line) => line.startsWith("bind "))).toEqual(["bind 127.0.0.1:6443"]);
  const servers = ["server cp1 10.0.0.11:6443", "server cp2 10.0.0.12:6443"];
  expect(lines.filter((line) => line.startsWith("server "))).toEqual([...servers, ...servers]);
});

test("the port is the API server's, and IPv6 is written with brackets", () => {
  const [cp, w] = [host("cp1", "fd00:10::11", ["control-plane"]), host("w1", "fd00:10::21", ["worker"])];
  const of = {
    ...withKubernetes({ apiServer: { extraArgs: [], certSANs: [], bindPort: 7443 } }),
    hosts: [cp, w],
    controlPlaneEndpoint: { ...endpoint, port: 7443 },
  };
  expect(linesOf(of, w)).toEqual(expect.arrayContaining(["bind [::1]:7443", "server cp1 [fd00:10::11]:7443"]));
});

const looksOf = (of: Cluster): string => linesOf(of).find((line) => line.startsWith("default-server check check-ssl")) ?? "";

test("connections to a server that is away are cut where there is another to go to", () => {
  expect(looksOf(wished)).toContain("on-marked-down shutdown-sessions");
  expect(looksOf({ ...wished, hosts: [cp1, w1] })).not.toContain("shutdown-sessions");
});

test("the more workers ask, the less often each of them does", () => {
  const workers = Array.from({ length: 250 }, (_, index) => host(`w${index}`, `10.0.1.${index}`, ["worker"]));
  expect(looksOf(wished)).toContain(" inter 1s ");
  expect(looksOf({ ...wished, hosts: [cp1, cp2, ...workers] })).toContain(" inter 3s ");
});

const rightsOf = (port: number) =>
  plain<{ containers: { securityContext: { runAsUser: number; capabilities: unknown } }[] }>(
    haproxyPod({ controlPlaneEndpoint: { ...endpoint, port } }, "haproxy:1")["spec"],
  ).containers[0]?.securityContext;

test("the pod has no rights but the one that a port of root's needs", () => {
  expect(faultsOf(haproxyPod(wished, "haproxy:1"))).toEqual([]);
  expect(rightsOf(6443)).toMatchObject({ runAsUser: 99, capabilities: { drop: ["ALL"] } });
  expect(rightsOf(443)).toMatchObject({ runAsUser: 0, capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] } });
});

test("the pod sees folders, in which a file that is replaced is seen", () => {
  const { volumes } = podSpecOf(haproxyPod(wished, "haproxy:1"));
  expect(volumes.map(({ hostPath }) => hostPath?.path)).toEqual(["/etc/kubernetes/haproxy", "/etc/kubernetes/pki"]);
});

const meant = (of: Cluster) => [cp1, cp2, w1, host("e1", "10.0.0.31", ["etcd"])].map((each) => endpointAddress(of, each));

test("the endpoint means the proxy on a worker, the machine itself on a control plane, and nothing of kbs's elsewhere", () => {
  expect(meant(wished)).toEqual(["10.0.0.11", "10.0.0.12", "127.0.0.1", undefined]);
  expect(meant({ ...wished, loadBalancer: "none" })).toEqual([undefined, undefined, undefined, undefined]);
});

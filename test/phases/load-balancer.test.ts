import { describe, expect, test } from "vitest";
import type { Change } from "../../src/changes/change.ts";
import type { Cluster } from "../../src/config/types.ts";
import { proxyFiles, proxyLoaded } from "../../src/phases/common/proxy.ts";
import { joinWorkers } from "../../src/phases/join-workers.ts";
import { prepareHost } from "../../src/phases/prepare-host.ts";
import { startKubeVip } from "../../src/phases/start-kube-vip.ts";
import { healthy } from "../preflight/hosts.ts";
import { cluster, cp1, host, w1 } from "../templates/cluster.ts";
import { contextOf } from "./context.ts";

const both = host("cp2", "10.0.0.12", ["control-plane", "worker"]);
const balanced = (loadBalancer: Cluster["loadBalancer"], at: string) =>
  contextOf({
    cluster: { ...cluster, hosts: [cp1, both, w1], loadBalancer, controlPlaneEndpoint: { host: at, port: 6443 } },
    facts: new Map([cp1, both, w1].map(({ name }, index) => [name, healthy(index + 1)])),
  });
const proxied = balanced("haproxy", "lb.demo.cluster.local");

const fileAt = (changes: readonly Change[], path: string): string => {
  const file = changes.find((change) => change.kind === "file" && change.path === path);
  return file?.kind === "file" ? file.content.toString() : "";
};
const hostsOf = (name: string, context = proxied): string => fileAt(prepareHost.wish?.(context, name) ?? [], "/etc/hosts");

const places = (changes: readonly Change[]): readonly string[] =>
  changes.map((change) => ("path" in change ? change.path : change.kind === "command" ? change.name : change.kind));

const joined = (context = proxied): readonly Change[] => {
  const member = contextOf({ ...context, joined: new Set(["w1"]) });
  member.learned.tell("pki", [
    { path: "/etc/kubernetes/pki/ca.crt", mode: 0o644, secret: false, part: "certs/ca", reason: undefined, content: Buffer.from("ca") },
  ]);
  return joinWorkers.wish?.(member, "w1") ?? [];
};

describe("with haproxy", () => {
  test("the endpoint's name means another machine on each node", () => {
    expect(hostsOf("cp1")).toMatch(/^10\.0\.0\.11 lb\.demo\.cluster\.local$/m);
    expect(hostsOf("cp2")).toMatch(/^10\.0\.0\.12 lb\.demo\.cluster\.local$/m);
    expect(hostsOf("w1")).toMatch(/^127\.0\.0\.1 lb\.demo\.cluster\.local$/m);
    expect(hostsOf("w1", balanced("none", "k8s.example.com"))).not.toContain("k8s.example.com");
  });

  test("only a worker that is no control plane has a proxy: its configuration, its manifest, and that it has loaded them", () => {
    expect(proxyFiles(proxied, "w1").map((change) => ("path" in change ? change.path : ""))).toEqual([
      "/etc/kubernetes/haproxy",
      "/etc/kubernetes/haproxy/haproxy.cfg",
      "/etc/kubernetes/manifests/haproxy.yaml",
    ]);
    expect(proxyLoaded(proxied, "w1")).toMatchObject([{ kind: "command", follows: true }]);
    for (const name of ["cp1", "cp2"]) expect([...proxyFiles(proxied, name), ...proxyLoaded(proxied, name)]).toEqual([]);
    expect(proxyFiles(balanced("none", "10.0.0.11"), "w1")).toEqual([]);
  });

  test("the proxy's files stand before its kubelet is started, and are loaded after that", () => {
    const order = places(joined());
    const kubelet = order.indexOf("service");
    expect(order.indexOf("/etc/kubernetes/manifests/haproxy.yaml")).toBeLessThan(kubelet);
    expect(order.indexOf("load the proxy's configuration")).toBeGreaterThan(kubelet);
  });

  test("a node that joined before there was a load balancer is pointed at it; without one nothing is looked at", () => {
    expect(places(joined())).toContain("point the kubelet at the control-plane endpoint");
    expect(places(joined(balanced("none", "10.0.0.11")))).not.toContain("point the kubelet at the control-plane endpoint");
  });
});

describe("with kube-vip", () => {
  const context = balanced("kube-vip", "10.0.0.9");

  test("every control plane has its manifest, for the interface with the node's address", () => {
    expect(startKubeVip.hosts(context)).toEqual(["cp1", "cp2"]);
    const text = fileAt(startKubeVip.wish?.(context, "cp1") ?? [], "/etc/kubernetes/manifests/kube-vip.yaml");
    expect(text).toContain("value: 10.0.0.9");
    expect(text).toMatch(/name: vip_interface\n\s+value: eth0/);
  });

  test("and nobody has where it is not wished", () => {
    expect(startKubeVip.hosts(proxied)).toEqual([]);
  });
});

import { describe, expect, test } from "vitest";
import { supportedMinors } from "../../src/config/releases.ts";
import { binariesFor } from "../../src/supply/binaries.ts";
import { type ImageChoices, imageNames, imagesFor } from "../../src/supply/images.ts";
import { tagOf, versionsFor } from "../../src/supply/versions.ts";

const choose = (
  more: {
    version?: string;
    proxyMode?: "iptables" | "none";
    plugin?: "flannel" | "none";
    repository?: string;
    etcd?: "stacked" | "external";
    loadBalancer?: "none" | "haproxy" | "kube-vip";
  } = {},
): ImageChoices => ({
  kubernetes: { version: more.version ?? "v1.36.3", proxyMode: more.proxyMode ?? "iptables" },
  etcd: { mode: more.etcd ?? "stacked" },
  network: { plugin: more.plugin ?? "flannel" },
  supply: { imageRepository: more.repository ?? "" },
  loadBalancer: more.loadBalancer ?? "none",
});

const shared = ["registry.k8s.io/kube-proxy:v1.36.3", "ghcr.io/flannel-io/flannel:v0.28.4", "registry.k8s.io/coredns/coredns:v1.14.2"];

describe("images", () => {
  test("a control plane gets its components, etcd, and what every node needs", () => {
    expect(imagesFor(["control-plane"], choose())).toEqual([
      "registry.k8s.io/pause:3.10.2",
      "registry.k8s.io/etcd:3.6.8-0",
      "registry.k8s.io/kube-apiserver:v1.36.3",
      "registry.k8s.io/kube-controller-manager:v1.36.3",
      "registry.k8s.io/kube-scheduler:v1.36.3",
      ...shared,
    ]);
  });

  test("a worker gets no image of the control plane, and both roles no image twice", () => {
    expect(imagesFor(["worker"], choose())).toEqual(["registry.k8s.io/pause:3.10.2", ...shared]);
    expect(imagesFor(["control-plane", "worker"], choose())).toEqual(imagesFor(["control-plane"], choose()));
    expect(imagesFor(["etcd"], choose())).toEqual([]);
  });

  test("what the configuration leaves out is not sent", () => {
    expect(imagesFor(["worker"], choose({ proxyMode: "none", plugin: "none" }))).toEqual([
      "registry.k8s.io/pause:3.10.2",
      "registry.k8s.io/coredns/coredns:v1.14.2",
    ]);
    expect(imagesFor(["control-plane"], choose({ etcd: "external" })).join()).not.toContain("etcd");
  });

  test("a worker alone gets the proxy, and only where it is wished", () => {
    const proxy = "docker.io/library/haproxy:3.2.22-alpine";
    const wished = choose({ loadBalancer: "haproxy" });
    expect(imagesFor(["worker"], wished)).toContain(proxy);
    expect([imagesFor(["control-plane"], wished), imagesFor(["control-plane", "worker"], wished)].flat()).not.toContain(proxy);
    expect(imagesFor(["worker"], choose())).not.toContain(proxy);
  });

  test("another repository holds all of them side by side", () => {
    const names = imageNames(choose({ repository: "registry.example:5000/k8s", version: "v1.36.0+up.1" }));
    expect(names.coredns).toBe("registry.example:5000/k8s/coredns:v1.14.2");
    expect(names.flannel).toBe("registry.example:5000/k8s/flannel:v0.28.4");
    expect(names.haproxy).toBe("registry.example:5000/k8s/haproxy:3.2.22-alpine");
    expect(names["kube-vip"]).toBe("registry.example:5000/k8s/kube-vip:v1.1.2");
    expect(names["kube-apiserver"]).toBe("registry.example:5000/k8s/kube-apiserver:v1.36.0_up.1");
  });
});

describe("versions", () => {
  test("each supported minor has its own", () => {
    expect(supportedMinors).toEqual(["1.35", "1.36", "1.37"]);
    expect(versionsFor("v1.37.0")).toEqual({ etcd: "3.7.0-0", coredns: "v1.14.6", pause: "3.10.2", flannel: "v0.28.4" });
    expect(versionsFor("v1.35.8").pause).toBe("3.10.1");
  });

  test.each(["v1.34.9", "v1.3", "latest", "v1.360.1"])("%s is refused with the ones that are known", (version) => {
    expect(() => versionsFor(version)).toThrow(`does not know Kubernetes ${version}`);
  });

  test("a version becomes a tag", () => {
    expect(tagOf("v1.36.0-rc.1+build/7")).toBe("v1.36.0-rc.1_build_7");
  });
});

describe("executables", () => {
  test("lie where the packages and archives of their projects put them", () => {
    expect(binariesFor(["control-plane"], "flannel").map(({ path }) => path)).toEqual([
      "/usr/local/bin/containerd",
      "/usr/local/bin/containerd-shim-runc-v2",
      "/usr/local/bin/ctr",
      "/usr/local/sbin/runc",
      "/usr/bin/kubelet",
      "/usr/bin/kubectl",
      "/opt/cni/bin/loopback",
      "/opt/cni/bin/bridge",
      "/opt/cni/bin/host-local",
      "/opt/cni/bin/portmap",
      "/opt/cni/bin/flannel",
    ]);
  });

  test("a worker gets no kubectl, another network no flannel, a mere etcd host etcd and nothing of a node", () => {
    const names = binariesFor(["worker"], "none").map(({ name }) => name);
    expect(names).not.toContain("kubectl");
    expect(names).not.toContain("flannel");
    expect(names).toContain("bridge");
    expect(binariesFor(["etcd"], "flannel").map(({ path }) => path)).toEqual(
      ["etcd", "etcdctl", "etcdutl"].map((name) => `/usr/local/bin/${name}`),
    );
  });
});

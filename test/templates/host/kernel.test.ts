import { describe, expect, test } from "vitest";
import { kernelModules, kernelSettings, modulesFile, sysctlFile } from "../../../src/templates/host/kernel.ts";
import { cluster, withKubernetes } from "../cluster.ts";

describe("kernel modules", () => {
  test.each([
    ["iptables", ["overlay", "br_netfilter", "nf_conntrack"]],
    ["nftables", ["overlay", "br_netfilter", "nf_conntrack", "nf_tables"]],
    ["ipvs", ["overlay", "br_netfilter", "nf_conntrack", "ip_vs", "ip_vs_rr", "ip_vs_wrr", "ip_vs_sh"]],
    ["none", ["overlay", "br_netfilter"]],
  ] as const)("are those of proxy mode %s", (proxyMode, modules) => {
    expect(kernelModules(withKubernetes({ proxyMode }))).toEqual(modules);
  });

  test("are loaded at boot, one a line", () => {
    expect(modulesFile(cluster)).toEqual({
      path: "/etc/modules-load.d/kbs.conf",
      mode: 0o644,
      content: "overlay\nbr_netfilter\nnf_conntrack\n",
    });
  });
});

describe("kernel settings", () => {
  test("let a node forward IPv4", () => {
    expect(sysctlFile(cluster).content).toBe(
      "net.bridge.bridge-nf-call-ip6tables = 1\nnet.bridge.bridge-nf-call-iptables = 1\nnet.ipv4.ip_forward = 1\n",
    );
  });

  test.each(["fd00:244::/56", "10.244.0.0/16,fd00:244::/56"])("let it forward IPv6, too, for pods in %s", (podSubnet) => {
    expect(kernelSettings(cluster)).not.toHaveProperty("net.ipv6.conf.all.forwarding");
    expect(kernelSettings(withKubernetes({ podSubnet }))).toMatchObject({
      "net.ipv6.conf.all.forwarding": "1",
      "net.ipv6.conf.default.forwarding": "1",
    });
  });

  test("let it forward IPv6 for Services, where pods are somebody else's", () => {
    expect(kernelSettings(withKubernetes({ podSubnet: "", serviceSubnet: "fd00:96::/112" }))).toHaveProperty(
      ["net.ipv6.conf.all.forwarding"],
      "1",
    );
  });
});

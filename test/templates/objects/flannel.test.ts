import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import type { Cluster } from "../../../src/config/types.ts";
import { flannelObjects } from "../../../src/templates/objects/flannel.ts";
import { cluster, withKubernetes } from "../cluster.ts";
import { plain } from "../plain.ts";
import { containersOf, podSpecOf } from "../pods.ts";

const image = "ghcr.io/flannel-io/flannel:v0.28.4";
const objects = (of: Cluster = cluster) => flannelObjects(of, { image });
const find = (kind: string, of: Cluster = cluster) => objects(of).find((object) => object.kind === kind) ?? expect.fail(`no ${kind}`);
const withFlannel = (flannel: Partial<Cluster["network"]["flannel"]>): Cluster => ({
  ...cluster,
  network: { ...cluster.network, flannel: { ...cluster.network.flannel, ...flannel } },
});

const netConf = (of: Cluster): unknown => {
  const { data } = plain<{ data: Record<string, string> }>(find("ConfigMap", of));
  return JSON.parse(data["net-conf.json"] ?? "");
};

describe("net-conf.json", () => {
  test.each([
    ["VXLAN by default", cluster, { Network: "10.244.0.0/16", Backend: { Type: "vxlan" } }],
    [
      "direct routes and an MTU when asked",
      withFlannel({ directRouting: true, mtu: 1400 }),
      { Network: "10.244.0.0/16", Backend: { Type: "vxlan", DirectRouting: true, MTU: 1400 } },
    ],
    ["routes of the hosts", withFlannel({ backend: "host-gw" }), { Network: "10.244.0.0/16", Backend: { Type: "host-gw" } }],
    [
      "IPv6 alone",
      withKubernetes({ podSubnet: "fd00:244::/56" }),
      { EnableIPv4: false, EnableIPv6: true, IPv6Network: "fd00:244::/56", Backend: { Type: "vxlan" } },
    ],
    [
      "both families",
      withKubernetes({ podSubnet: "10.244.0.0/16,fd00:244::/56" }),
      { Network: "10.244.0.0/16", EnableIPv6: true, IPv6Network: "fd00:244::/56", Backend: { Type: "vxlan" } },
    ],
  ])("says %s", (_, of, expected) => {
    expect(netConf(of)).toEqual(expected);
  });
});

describe("flanneld", () => {
  test("uses the interface that carries the node's address, or the one that is named", () => {
    const args = (of: Cluster) => containersOf(find("DaemonSet", of))[0]?.args;
    expect(args(cluster)).toEqual(["--ip-masq", "--kube-subnet-mgr", "--iface=$(NODE_IP)"]);
    expect(containersOf(find("DaemonSet"))[0]?.env).toContainEqual({
      name: "NODE_IP",
      valueFrom: { fieldRef: { fieldPath: "status.hostIP" } },
    });
    expect(args(withFlannel({ interface: "eth1" }))).toContain("--iface=eth1");
  });

  test("is told both addresses of a node of both families, in whatever order the API has them", () => {
    const dual = withKubernetes({ podSubnet: "10.244.0.0/16,fd00:244::/56" });
    const [flanneld] = containersOf(find("DaemonSet", dual));
    expect(flanneld?.env).toContainEqual({ name: "NODE_IPS", valueFrom: { fieldRef: { fieldPath: "status.hostIPs" } } });
    const started = (addresses: string) =>
      execFileSync("sh", ["-c", (flanneld?.command?.at(-1) ?? "").replace("exec /opt/bin/flanneld", "echo")], {
        env: { NODE_IPS: addresses },
        encoding: "utf8",
      }).trim();
    expect(flanneld).not.toHaveProperty("args");
    expect(started("10.0.0.11,fd00::11")).toBe("--ip-masq --kube-subnet-mgr --iface=10.0.0.11 --public-ipv6=fd00::11");
    expect(started("fd00::11,10.0.0.11")).toBe(started("10.0.0.11,fd00::11"));
    const named = { ...dual, network: withFlannel({ interface: "eth1" }).network };
    expect(containersOf(find("DaemonSet", named))[0]).toMatchObject({ args: ["--ip-masq", "--kube-subnet-mgr", "--iface=eth1"] });
  });

  test("runs on nodes that are not ready, in the host's network, in a namespace that allows it", () => {
    expect(podSpecOf(find("DaemonSet"))).toMatchObject({ hostNetwork: true, tolerations: [{ operator: "Exists", effect: "NoSchedule" }] });
    expect(find("Namespace").metadata.labels).toMatchObject({ "pod-security.kubernetes.io/enforce": "privileged" });
  });

  test("puts its CNI configuration in place once it has a subnet, whole or not at all, and copies no plugin", () => {
    const { containers, initContainers = [] } = podSpecOf(find("DaemonSet"));
    expect(initContainers).toEqual([]);
    const [shell, , script = ""] = containers[0]?.lifecycle?.postStart.exec.command ?? [];
    expect(shell).toBe("sh");
    const [wait, copy] = script.split("; cp ");
    expect(wait).toContain("until [ -s /run/flannel/subnet.env ]");
    expect(copy).toMatch(/^\/etc\/kube-flannel\/cni-conf\.json (\S+) && mv \1 \/etc\/cni\/net\.d\/10-flannel\.conflist$/);
  });

  test("asks the control-plane endpoint, not a Service that kube-proxy has yet to serve", () => {
    const env = podSpecOf(find("DaemonSet")).containers[0]?.env ?? [];
    const { host, port } = cluster.controlPlaneEndpoint;
    expect(env).toContainEqual({ name: "KUBERNETES_SERVICE_HOST", value: host });
    expect(env).toContainEqual({ name: "KUBERNETES_SERVICE_PORT", value: String(port) });
  });
});

test("another pod network means no flannel", () => {
  expect(objects({ ...cluster, network: { ...cluster.network, plugin: "none" } })).toEqual([]);
});

import { describe, expect, test } from "vitest";
import type { Cluster, ClusterHost } from "../../src/config/types.ts";
import { kubeletConfiguration } from "../../src/templates/kubelet/configuration.ts";
import { kubeletFlagsFile } from "../../src/templates/kubelet/flags.ts";
import { kubeadmConfigObjects } from "../../src/templates/objects/cluster-config.ts";
import { coreDnsObjects } from "../../src/templates/objects/coredns.ts";
import { kubeProxyObjects } from "../../src/templates/objects/kube-proxy.ts";
import { etcdPod } from "../../src/templates/static-pods/etcd.ts";
import { kubeApiserverPod } from "../../src/templates/static-pods/kube-apiserver.ts";
import { kubeControllerManagerPod } from "../../src/templates/static-pods/kube-controller-manager.ts";
import { cp1, withKubernetes } from "./cluster.ts";
import { containersOf } from "./pods.ts";

// What follows from two families, and from the one that leads, as kubeadm derives it.

const subnets = {
  four: { podSubnet: "10.244.0.0/16", serviceSubnet: "10.96.0.0/16" },
  six: { podSubnet: "fd00:244::/56", serviceSubnet: "fd00:96::/112" },
};
const pair = (one: "four" | "six", other: "four" | "six") => ({
  podSubnet: `${subnets[one].podSubnet},${subnets[other].podSubnet}`,
  serviceSubnet: `${subnets[one].serviceSubnet},${subnets[other].serviceSubnet}`,
});

const node = (internalAddress: string, secondAddress?: string): ClusterHost => ({
  ...cp1,
  internalAddress,
  ...(secondAddress !== undefined && { secondAddress }),
});

const of = (kubernetes: Partial<Cluster["kubernetes"]>, own: ClusterHost): Cluster => ({
  ...withKubernetes(kubernetes),
  hosts: [own],
  controlPlaneEndpoint: { host: own.internalAddress, port: 6443 },
});

const cases = [
  { name: "IPv4 and IPv6", cluster: of(pair("four", "six"), node("10.0.0.11", "fd00::11")), loopback: "127.0.0.1", at: "10.0.0.11" },
  { name: "IPv6 and IPv4", cluster: of(pair("six", "four"), node("fd00::11", "10.0.0.11")), loopback: "[::1]", at: "[fd00::11]" },
  { name: "IPv6 alone", cluster: of(subnets.six, node("fd00::11")), loopback: "[::1]", at: "[fd00::11]" },
];

describe.each(cases)("a cluster of $name", ({ cluster, loopback, at }) => {
  const [own = cp1] = cluster.hosts;
  const input = { cluster, node: own, image: "image", caDirectories: [] };
  const { podSubnet, serviceSubnet } = cluster.kubernetes;
  const first = serviceSubnet.startsWith("fd00") ? "fd00:96::" : "10.96.0.";
  const dns = first === "fd00:96::" ? "fd00:96::a" : "10.96.0.10";

  test("has its ranges in the flags of API server and controller manager, and no size of a node's part", () => {
    const [apiServer] = containersOf(kubeApiserverPod(input));
    const [manager] = containersOf(kubeControllerManagerPod(input));
    expect(apiServer?.command).toEqual(
      expect.arrayContaining([
        `--service-cluster-ip-range=${serviceSubnet}`,
        `--advertise-address=${own.internalAddress}`,
        `--etcd-servers=https://${loopback}:2379`,
      ]),
    );
    expect(manager?.command).toEqual(
      expect.arrayContaining([`--cluster-cidr=${podSubnet}`, `--service-cluster-ip-range=${serviceSubnet}`, "--bind-address=127.0.0.1"]),
    );
    expect(manager?.command?.filter((flag) => flag.includes("mask-size"))).toEqual([]);
  });

  test("has etcd at the leading family's addresses alone", () => {
    expect(containersOf(etcdPod(input))[0]?.command).toEqual(
      expect.arrayContaining([
        `--listen-client-urls=https://${loopback}:2379,https://${at}:2379`,
        `--listen-metrics-urls=http://${loopback}:2381`,
        `--initial-cluster=cp1=https://${at}:2380`,
      ]),
    );
  });

  test("tells its kubelets all their addresses and DNS's first, and is asked on 127.0.0.1", () => {
    const addresses = [own.internalAddress, own.secondAddress].filter((address) => address !== undefined).join(",");
    expect(kubeletFlagsFile(cluster, own).content).toBe(`KUBELET_KUBEADM_ARGS="--node-ip=${addresses}"\n`);
    expect(kubeletConfiguration(cluster)).toMatchObject({ clusterDNS: [dns], healthzBindAddress: "127.0.0.1" });
  });

  test("gives DNS the tenth address of the first range, and lets the API server choose families", () => {
    const service = coreDnsObjects(cluster, { image: "coredns" }).find(({ kind }) => kind === "Service");
    expect(service?.["spec"]).toMatchObject({ clusterIP: dns });
    expect(service?.["spec"]).not.toHaveProperty("ipFamilies");
  });

  test("tells kube-proxy all ranges, and to listen on every address of the leading family", () => {
    const [text] = kubeProxyObjects(cluster, { image: "kube-proxy" }).flatMap((object) =>
      object.kind === "ConfigMap" ? [JSON.stringify(object)] : [],
    );
    expect(text).toContain(`clusterCIDR: ${podSubnet}`);
    expect(text).toMatch(loopback === "127.0.0.1" ? /bindAddress: 0\.0\.0\.0/ : /bindAddress: '?\\?"?::/);
    expect(text).toContain(`server: https://${at}:6443`);
  });

  test("stores both lists where other tools read them", () => {
    const stored = JSON.stringify(kubeadmConfigObjects(cluster));
    expect(stored).toContain(`podSubnet: ${podSubnet}`);
    expect(stored).toContain(`serviceSubnet: ${serviceSubnet}`);
  });
});

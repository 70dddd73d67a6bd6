import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Here } from "../../../src/actions/fleet/here.ts";
import { clusterOfFlags, type InitFlags } from "../../../src/actions/init/cluster.ts";
import { clusterOfFile } from "../../../src/actions/init/file.ts";
import { createBus } from "../../../src/engine/events.ts";
import { kubernetes } from "../../../src/facts/kubernetes.ts";
import { withFolder } from "../../commands/run-kbs.ts";

// kbs init on a machine that has both families: what flags and files of either kind make of it.

const here: Here = {
  name: "n7",
  network: {
    known: true,
    interfaces: [{ name: "eth0", mtu: 1500, addresses: ["10.9.0.4/24", "fd00:9::4/64", "fe80::1/64"] }],
    routes: [
      { destination: "default", device: "eth0", via: "10.9.0.1", family: 4 },
      { destination: "default", device: "eth0", via: "fe80::9", family: 6 },
    ],
  },
  kubernetes: kubernetes.parse("", 0),
  owner: undefined,
  remains: false,
  hasCaKey: false,
};

const fourSix = { "pod-network-cidr": "10.50.0.0/16,fd00:50::/56", "service-cidr": "10.60.0.0/16,fd00:60::/112" };
const sixFour = { "pod-network-cidr": "fd00:50::/56,10.50.0.0/16", "service-cidr": "fd00:60::/112,10.60.0.0/16" };
const six = { "pod-network-cidr": "fd00:50::/56", "service-cidr": "fd00:60::/112" };

const clusterOf = (flags: Partial<InitFlags>) => clusterOfFlags({ untaint: false, ...flags }, here, createBus());

const read = (text: string, flags: Partial<InitFlags> = {}) =>
  withFolder(async (folder) => {
    const path = join(folder, "init.yaml");
    writeFileSync(path, text);
    return (await clusterOfFile(path, { flags: { untaint: false, ...flags }, here, bus: createBus(), alsoTyped: [] })).cluster;
  });

describe("flags with two subnets", () => {
  test("give this machine an address of each family, in the order of the subnets", () => {
    expect(clusterOf(fourSix)).toMatchObject({
      hosts: [{ internalAddress: "10.9.0.4", secondAddress: "fd00:9::4" }],
      controlPlaneEndpoint: { host: "10.9.0.4" },
      kubernetes: { podSubnet: "10.50.0.0/16,fd00:50::/56", serviceSubnet: "10.60.0.0/16,fd00:60::/112" },
    });
    expect(clusterOf(sixFour)).toMatchObject({
      hosts: [{ internalAddress: "fd00:9::4", secondAddress: "10.9.0.4" }],
      controlPlaneEndpoint: { host: "fd00:9::4" },
    });
  });

  test("that no API server would start with are refused by their names", () => {
    expect(() => clusterOf({ ...fourSix, "pod-network-cidr": sixFour["pod-network-cidr"] })).toThrow(
      "--pod-network-cidr: --pod-network-cidr begins with IPv6, --service-cidr with IPv4",
    );
    expect(() => clusterOf({ ...sixFour, "apiserver-advertise-address": "10.9.0.4" })).toThrow(
      "--apiserver-advertise-address: the node's address is IPv4, and Services are IPv6 first",
    );
    expect(() => clusterOf({ ...fourSix, "service-cidr": "10.60.0.0/16,10.61.0.0/16" })).toThrow(
      '--service-cidr: "10.60.0.0/16,10.61.0.0/16" is neither one subnet nor one of IPv4 and one of IPv6',
    );
  });
});

describe("IPv6 alone", () => {
  test("takes this machine's address of IPv6, and no other", () => {
    for (const said of [undefined, "::", "0.0.0.0", "fd00:9::4"]) {
      const [host] = clusterOf({ ...six, "apiserver-advertise-address": said }).hosts;
      expect(host).toMatchObject({ internalAddress: "fd00:9::4" });
      expect(host).not.toHaveProperty("secondAddress");
    }
  });
});

describe("a file", () => {
  const networking = `networking: { podSubnet: "${six["pod-network-cidr"]},10.50.0.0/16", serviceSubnet: "${six["service-cidr"]},10.60.0.0/16" }`;

  test("of kubeadm's gives the node an address of each family, unless its kubelet is told others", async () => {
    const cluster = `apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n${networking}\n`;
    expect((await read(cluster)).hosts).toMatchObject([{ internalAddress: "fd00:9::4", secondAddress: "10.9.0.4" }]);
    const init =
      "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\nlocalAPIEndpoint: { advertiseAddress: 'fd00:9::4' }\n" +
      "nodeRegistration: { kubeletExtraArgs: [{ name: node-ip, value: 'fd00:9::4,10.9.0.5' }] }\n---\n";
    expect((await read(init + cluster)).hosts).toMatchObject([{ internalAddress: "fd00:9::4", secondAddress: "10.9.0.5" }]);
  });

  test("of kbs's own, too", async () => {
    const own = `apiVersion: kbs/v1\nkind: Cluster\nmetadata: { name: demo }\nspec:\n  kubernetes:\n    podSubnet: ${six["pod-network-cidr"]}\n    serviceSubnet: ${six["service-cidr"]}\n`;
    expect(await read(own)).toMatchObject({ hosts: [{ internalAddress: "fd00:9::4" }], controlPlaneEndpoint: { host: "fd00:9::4" } });
  });
});

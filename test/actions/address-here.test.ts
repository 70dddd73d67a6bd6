import { describe, expect, test } from "vitest";
import { addressHere, withBothAddresses } from "../../src/actions/address-here.ts";
import type { Cluster } from "../../src/config/types.ts";
import { network } from "../../src/facts/network.ts";
import { cluster, host, withKubernetes } from "../templates/cluster.ts";

/** As a host answers whose second card has both families, an address for a time among them. */
const here = network.parse(
  `@@ ip
known=yes
@@ links
eth0 1500 52:54:00:00:00:01
eth1 1500 52:54:00:00:00:02
lo 65536 00:00:00:00:00:00
@@ addresses
1: lo    inet 127.0.0.1/8 scope host lo
1: lo    inet6 ::1/128 scope host
2: eth0    inet 192.168.7.5/24 brd 192.168.7.255 scope global eth0
2: eth0    inet6 2001:db8:7::5/64 scope global
3: eth1    inet 10.9.0.4/24 scope global eth1
3: eth1    inet6 2001:db8:9::77/64 scope global temporary dynamic \\       valid_lft 600sec preferred_lft 600sec
3: eth1    inet6 2001:db8:9::4/64 scope global dynamic mngtmpaddr
3: eth1    inet6 fe80::5054:ff:fe00:2/64 scope link
@@ routes4
default via 10.9.0.1 dev eth1 proto dhcp
@@ routes6
default via fe80::1 dev eth1 proto ra metric 100
`,
  0,
);

const both = { podSubnet: "10.244.0.0/16,fd00:244::/56", serviceSubnet: "10.96.0.0/12,fd00:96::/112" };
const turned = { podSubnet: "fd00:244::/56,10.244.0.0/16", serviceSubnet: "fd00:96::/112,10.96.0.0/12" };
const sixOnly = { podSubnet: "fd00:244::/56", serviceSubnet: "fd00:96::/112" };

const addressesOn = (kubernetes: Partial<Cluster["kubernetes"]>, changes: Partial<Cluster["hosts"][number]> = {}) => {
  const own = { ...host("n1", "10.9.0.4", ["worker"]), local: true, ...changes };
  const [found] = withBothAddresses({ ...withKubernetes(kubernetes), hosts: [own] }, here).hosts;
  return [found?.internalAddress, found?.secondAddress];
};

describe("the address of this machine", () => {
  test("of IPv6 is that of its default route, lasts, and is no link-local one", () => {
    expect(addressHere(here, "--flag", 6)).toBe("2001:db8:9::4");
  });

  test("of IPv6 must be said where no route tells it", () => {
    const hint = "say the address by --flag; it has 2001:db8:7::5 (eth0), 2001:db8:9::4 (eth1)";
    const routes = here.routes.filter(({ family }) => family === 4);
    expect(() => addressHere({ ...here, routes }, "--flag", 6)).toThrow(
      expect.objectContaining({
        message: expect.stringContaining("no default route of IPv6"),
        details: expect.objectContaining({ hint }),
      }),
    );
  });
});

describe("a node of this machine", () => {
  test("has one address in a cluster of one family", () => {
    expect(addressesOn({})).toEqual(["10.9.0.4", undefined]);
  });

  test("has that of the same interface, too, in a cluster of both", () => {
    expect(addressesOn(both)).toEqual(["10.9.0.4", "2001:db8:9::4"]);
    expect(addressesOn(both, { internalAddress: "192.168.7.5" })).toEqual(["192.168.7.5", "2001:db8:7::5"]);
  });

  test("is known first by the family that leads in the cluster, however the API was reached", () => {
    expect(addressesOn(turned)).toEqual(["2001:db8:9::4", "10.9.0.4"]);
    expect(addressesOn(sixOnly)).toEqual(["2001:db8:9::4", undefined]);
  });

  test("keeps what its kubelet is told by a flag, and what a file says", () => {
    const kubeletExtraArgs = [{ name: "node-ip", value: "10.9.0.4,2001:db8:9::77" }];
    expect(addressesOn(both, { kubeletExtraArgs })).toEqual(["10.9.0.4", "2001:db8:9::77"]);
    expect(addressesOn(both, { secondAddress: "fd00::4" })).toEqual(["10.9.0.4", "fd00::4"]);
  });

  test("has one address where the machine has no other, which preflight tells", () => {
    expect(addressesOn(both, { internalAddress: "172.16.0.1" })).toEqual(["172.16.0.1", undefined]);
    expect(withBothAddresses({ ...cluster, hosts: [] }, here).hosts).toEqual([]);
  });
});

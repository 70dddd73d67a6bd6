import { describe, expect, test } from "vitest";
import { chooseSubnet, hostAddress, ipv6Of, overlap } from "./subnet.ts";

describe("a lab's subnet", () => {
  test("is the first when nothing is taken", () => {
    expect(chooseSubnet([])).toEqual({ cidr: "10.77.0.0/24", gateway: "10.77.0.1" });
  });

  test("avoids networks, addresses and wider networks that are in use", () => {
    expect(chooseSubnet(["10.77.0.0/24", "10.77.1.9", "192.168.1.0/24"]).cidr).toBe("10.77.2.0/24");
    expect(chooseSubnet(["10.77.0.0/17"]).cidr).toBe("10.77.128.0/24");
  });

  test("is refused with a remedy when all are taken", () => {
    expect(() => chooseSubnet(["10.0.0.0/8"])).toThrow("down --all");
  });

  test("gives its hosts the addresses from .11 on", () => {
    const subnet = chooseSubnet(["10.77.0.0/24"]);
    expect([hostAddress(subnet, 1), hostAddress(subnet, 20)]).toEqual(["10.77.1.11", "10.77.1.30"]);
  });

  test("has a network of IPv6 beside it, of which the addresses end alike", () => {
    const subnet = chooseSubnet(["10.77.0.0/24"]);
    expect([ipv6Of(subnet.gateway), ipv6Of(hostAddress(subnet, 20))]).toEqual(["fd00:10:77:11::1", "fd00:10:77:11::30"]);
  });
});

describe("two networks", () => {
  test.each([
    ["10.0.0.0/8", "10.77.3.0/24", true],
    ["10.77.3.0/24", "10.77.3.255/32", true],
    ["10.77.3.0/24", "10.77.4.0/24", false],
    ["0.0.0.0/0", "192.168.1.1", true],
  ])("%s and %s overlap: %s", (left, right, expected) => {
    expect(overlap(left, right)).toBe(expected);
    expect(overlap(right, left)).toBe(expected);
  });
});

import { describe, expect, test } from "vitest";
import { canonicalIp, ipBytes, isAddress } from "../../src/pki/ip.ts";

const hex = (address: string): string => Buffer.from(ipBytes(canonicalIp(address))).toString("hex");

describe("an address in a certificate", () => {
  test.each([
    ["10.96.0.1", "0a600001"],
    ["255.255.255.255", "ffffffff"],
    ["::ffff:10.96.0.1", "0a600001"],
    ["::", "00000000000000000000000000000000"],
    ["::1", "00000000000000000000000000000001"],
    ["FD00:0:0:0::B", "fd00000000000000000000000000000b"],
    ["2001:db8:1:2:3:4:5:6", "20010db8000100020003000400050006"],
    ["2001:db8::", "20010db8000000000000000000000000"],
    ["::1.2.3.4", "00000000000000000000000001020304"],
    ["64:ff9b::192.0.2.1", "0064ff9b0000000000000000c0000201"],
  ])("%s is %s", (address, bytes) => {
    expect(hex(address)).toBe(bytes);
  });

  test("has one form", () => {
    expect(["FD00:0:0::1", "fd00::1", "fd00:0000::0001"].map(canonicalIp)).toEqual(["fd00::1", "fd00::1", "fd00::1"]);
  });

  test("is no name, no zone and no short cut", () => {
    expect(["10.0.0.1", "::1"].map(isAddress)).toEqual([true, true]);
    expect(["fe80::1%eth0", "localhost", "010.0.0.1", "10.1", ""].map(isAddress)).toEqual([false, false, false, false, false]);
  });
});

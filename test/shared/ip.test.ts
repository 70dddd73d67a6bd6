import { BlockList } from "node:net";
import { describe, expect, test } from "vitest";
import {
  addressFamily,
  type Cidr,
  canonicalAddress,
  contains,
  formatCidr,
  hostBits,
  nthAddress,
  overlap,
  parseCidr,
} from "../../src/shared/ip.ts";

/** A generator with a seed (mulberry32), so that a failure can be repeated. */
const random = (seed: number) => (): number => {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
};

const anyCidr = (next: () => number): string => {
  const byte = (limit: number): number => Math.floor(next() * limit);
  if (next() < 0.5) return `10.${byte(2)}.${byte(4)}.${byte(256)}/${8 + byte(25)}`;
  return `fd00:${byte(2)}::${byte(4).toString(16)}:${byte(65_536).toString(16)}/${64 + byte(65)}`;
};

const blockListOf = (cidr: Cidr): BlockList => {
  const list = new BlockList();
  const [address = "", prefix] = formatCidr(cidr).split("/");
  list.addSubnet(address, Number(prefix), cidr.family === 4 ? "ipv4" : "ipv6");
  return list;
};

const has = (cidr: Cidr, address: string): boolean => blockListOf(cidr).check(address, addressFamily(address) === 4 ? "ipv4" : "ipv6");

describe("addresses", () => {
  test.each(["010.0.0.1", "10.1", "0x0a.0.0.1", "10.0.0.256", "", "fe80::1%eth0", "10.0.0.1/8", " 10.0.0.1", "::ffff:1.2.3.400"])(
    "%j is none",
    (text) => {
      expect(addressFamily(text)).toBeUndefined();
      expect(canonicalAddress(text)).toBeUndefined();
    },
  );

  test.each([
    ["10.0.0.1", "10.0.0.1"],
    ["FD00:0:0::0001", "fd00::1"],
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
  ])("%s is written %s", (text, canonical) => {
    expect(canonicalAddress(text)).toBe(canonical);
  });
});

describe("ranges", () => {
  test.each(["10.0.0.0", "10.0.0.0/33", "10.0.0.0/08", "10.0.0.0/-1", "010.0.0.0/8", "fd00::/129", "/8", "10.0.0.0/", "a/8"])(
    "%j is none",
    (text) => {
      expect(parseCidr(text)).toBeUndefined();
      expect(() => nthAddress(text, 0)).toThrow(RangeError);
    },
  );

  test("host bits are dropped", () => {
    expect(formatCidr("10.1.2.3/8")).toBe("10.0.0.0/8");
    expect(formatCidr("0.0.0.0/0")).toBe("0.0.0.0/0");
    expect(formatCidr("fd00::ffff/112")).toBe("fd00::/112");
  });

  test.each([
    ["10.96.0.0/12", 1, "10.96.0.1"],
    ["10.96.0.0/12", 10, "10.96.0.10"],
    ["10.0.0.250/24", 300 - 50, "10.0.0.250"],
    ["10.0.0.0/16", 256, "10.0.1.0"],
    ["fd00:10:96::/112", 10, "fd00:10:96::a"],
  ])("of %s, address %i is %s", (cidr, n, address) => {
    expect(nthAddress(cidr, n)).toBe(address);
  });

  test("a range ends", () => {
    expect(nthAddress("10.0.0.0/30", 3)).toBe("10.0.0.3");
    expect(() => nthAddress("10.0.0.0/30", 4)).toThrow("10.0.0.0/30 has no address number 4");
    expect(() => nthAddress("10.0.0.0/30", -1)).toThrow(RangeError);
  });

  test("host bits count", () => {
    expect([hostBits("10.96.0.0/12"), hostBits("fd00::/108"), hostBits("10.0.0.1/32")]).toEqual([20, 20, 0]);
  });

  test("of any two, overlap says what Node's BlockList says", () => {
    const next = random(7);
    let overlapping = 0;
    for (let round = 0; round < 3000; round++) {
      const [a, b] = [parseCidr(anyCidr(next)), parseCidr(anyCidr(next))];
      if (a === undefined || b === undefined) throw new Error("the generator is wrong");
      const expected = a.family === b.family && (has(a, nthAddress(b, 0)) || has(b, nthAddress(a, 0)));
      expect(overlap(a, b), `${formatCidr(a)} ${formatCidr(b)}`).toBe(expected);
      expect(contains(a, nthAddress(b, 0))).toBe(has(a, nthAddress(b, 0)));
      if (expected) overlapping += 1;
    }
    expect(overlapping).toBeGreaterThan(100);
  });
});

import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

export type Family = 4 | 6;

/** A range of addresses. `base` is the network's first address: bits below the prefix are zero. */
export interface Cidr {
  readonly family: Family;
  readonly base: bigint;
  readonly prefix: number;
}

const width = (family: Family): number => (family === 4 ? 32 : 128);

/**
 * 4, 6, or undefined for what is not an IP address. Leading zeros, short forms and zones are refused: `net.isIP` is asked first because
 * ipaddr.js reads `010.0.0.1` as 8.0.0.1.
 */
export const addressFamily = (text: string): Family | undefined => {
  const family = text.includes("%") ? 0 : isIP(text);
  return family === 4 || family === 6 ? family : undefined;
};

const toBigInt = (text: string): bigint => BigInt(`0x${Buffer.from(ipaddr.parse(text).toByteArray()).toString("hex")}`);

const fromBigInt = (value: bigint, family: Family): string => {
  const hex = value.toString(16).padStart(width(family) / 4, "0");
  return ipaddr.fromByteArray([...Buffer.from(hex, "hex")]).toString();
};

/** The address as RFC 5952 writes it, so that equal addresses have equal text; undefined for what is not an address. */
export const canonicalAddress = (text: string): string | undefined => {
  const family = addressFamily(text);
  return family === undefined ? undefined : fromBigInt(toBigInt(text), family);
};

/** Reads `address/prefix`; undefined for anything else. Host bits are dropped: 10.1.2.3/8 is 10.0.0.0/8. */
export const parseCidr = (text: string): Cidr | undefined => {
  const [, address = "", digits = ""] = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text) ?? [];
  const family = addressFamily(address);
  const prefix = Number(digits);
  if (family === undefined || prefix > width(family)) return undefined;
  const hostBits = BigInt(width(family) - prefix);
  return { family, base: (toBigInt(address) >> hostBits) << hostBits, prefix };
};

/** The parts of `10.244.0.0/16,fd00:10:244::/56`: a dual-stack cluster has one of each family, and the first leads. */
export const listParts = (text: string): readonly string[] => text.split(",").map((part) => part.trim());

/** The subnets of such a list, without what is none. */
export const parseCidrs = (text: string): readonly Cidr[] => listParts(text).flatMap((part) => parseCidr(part) ?? []);

/** The families of a list of addresses or of subnets, in its order, without what is neither. */
export const familiesOf = (text: string): readonly Family[] =>
  listParts(text).flatMap((part) => addressFamily(part.split("/")[0] ?? "") ?? []);

const cidrOf = (cidr: Cidr | string): Cidr => {
  const parsed = typeof cidr === "string" ? parseCidr(cidr) : cidr;
  if (parsed === undefined) throw new RangeError(`${JSON.stringify(cidr)} is not a CIDR`);
  return parsed;
};

/** The range as text, from its first address. */
export const formatCidr = (cidr: Cidr | string): string => {
  const { base, family, prefix } = cidrOf(cidr);
  return `${fromBigInt(base, family)}/${prefix}`;
};

/** How many bits of an address tell hosts apart: 20 for a /12 of IPv4. @throws RangeError for what is not a CIDR */
export const hostBits = (cidr: Cidr | string): number => {
  const { family, prefix } = cidrOf(cidr);
  return width(family) - prefix;
};

const lastOf = (cidr: Cidr): bigint => cidr.base + (1n << BigInt(hostBits(cidr))) - 1n;

/** Whether two ranges share an address. Ranges of different families never do. @throws RangeError for what is not a CIDR */
export const overlap = (one: Cidr | string, other: Cidr | string): boolean => {
  const [a, b] = [cidrOf(one), cidrOf(other)];
  return a.family === b.family && a.base <= lastOf(b) && b.base <= lastOf(a);
};

/** Whether the address lies in the range. @throws RangeError for what is not a CIDR or not an address */
export const contains = (cidr: Cidr | string, address: string): boolean => {
  const family = addressFamily(address);
  if (family === undefined) throw new RangeError(`${JSON.stringify(address)} is not an IP address`);
  return overlap(cidr, { family, base: toBigInt(address), prefix: width(family) });
};

/**
 * The n-th address of a range, counted from 0: of the service subnet, 1 is the API server's virtual address and 10 is DNS.
 * @throws RangeError for what is not a CIDR, and when the range is too small
 */
export const nthAddress = (cidr: Cidr | string, n: number): string => {
  const range = cidrOf(cidr);
  const value = range.base + BigInt(n);
  if (n < 0 || value > lastOf(range)) throw new RangeError(`${formatCidr(range)} has no address number ${n}`);
  return fromBigInt(value, range.family);
};

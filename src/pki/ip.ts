import { isIP, isIPv4, SocketAddress } from "node:net";

/** Whether a text is an address that a certificate can name: an IPv6 zone belongs to one machine and cannot. */
export const isAddress = (text: string): boolean => isIP(text) !== 0 && !text.includes("%");

/** An address in the one form that equals itself: lower case, shortened; an IPv4 address written as IPv6 becomes IPv4. */
export const canonicalIp = (address: string): string => {
  if (isIPv4(address)) return address;
  const short = new SocketAddress({ address, family: "ipv6" }).address;
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(short)?.[1] ?? short;
};

const quadBytes = (quad: string): number[] => quad.split(".").map(Number);
const groupBytes = (group: string): number[] => {
  if (group.includes(".")) return quadBytes(group);
  const value = Number.parseInt(group, 16);
  return [value >> 8, value & 0xff];
};

/** The 4 or 16 bytes of a canonical address. */
export const ipBytes = (address: string): Uint8Array => {
  if (isIPv4(address)) return Uint8Array.from(quadBytes(address));
  const [head = [], tail = []] = address.split("::").map((half) => (half === "" ? [] : half.split(":").flatMap(groupBytes)));
  return Uint8Array.from([...head, ...Array.from({ length: 16 - head.length - tail.length }, () => 0), ...tail]);
};

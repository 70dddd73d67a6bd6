import { canonicalAddress } from "../shared/ip.ts";
import { fact } from "./fact.ts";
import { lines, sections, words } from "./text.ts";

/** A socket that waits for connections (tcp) or datagrams (udp). */
export interface Listener {
  readonly protocol: "tcp" | "udp";
  /** As ss writes it: `*`, `0.0.0.0`, `[::]`, `127.0.0.1`, `10.0.0.11%eth0` …; `*` for any where /proc was read. */
  readonly address: string;
  readonly port: number;
  /** At most 15 letters: what the kernel keeps of a name. Absent where ss is missing. */
  readonly process?: string;
  readonly pid?: number;
}

const parseSs = (line: string): Listener[] => {
  const [protocol, , , , local = ""] = words(line);
  const [, address, port] = /^(.*):(\d+)$/.exec(local) ?? [];
  if ((protocol !== "tcp" && protocol !== "udp") || address === undefined) return [];
  const [, process, pid] = /users:\(\("([^"]*)",pid=(\d+)/.exec(line) ?? [];
  return [{ protocol, address, port: Number(port), ...(process === undefined ? {} : { process, pid: Number(pid) }) }];
};

/** Bytes of an address in /proc/net are printed as native 32-bit words, little-endian on amd64 and arm64. */
const parseProcAddress = (hex: string): string => {
  if (/^0+$/.test(hex)) return "*";
  if (hex.length === 8)
    return (hex.match(/../g) ?? [])
      .toReversed()
      .map((byte) => Number.parseInt(byte, 16))
      .join(".");
  const groups = (hex.match(/.{8}/g) ?? []).map((word) => (word.match(/../g) ?? []).toReversed().join(""));
  const address = (groups.join("").match(/.{4}/g) ?? []).join(":");
  return `[${canonicalAddress(address) ?? address}]`;
};

/** State 0A is a listening TCP socket, 07 an unconnected UDP one. */
const parseProc = (text: string, protocol: Listener["protocol"]): Listener[] =>
  lines(text).flatMap((line) => {
    const [, hex, port, state] = /^\d+:\s+([0-9A-F]+):([0-9A-F]{4})\s+[0-9A-F]+:[0-9A-F]{4}\s+([0-9A-F]{2})/.exec(line) ?? [];
    if (hex === undefined || port === undefined || state !== (protocol === "tcp" ? "0A" : "07")) return [];
    return [{ protocol, address: parseProcAddress(hex), port: Number.parseInt(port, 16) }];
  });

/** Listening TCP and UDP ports, by ss, or by /proc/net where ss is missing (then without process names). */
export const listeners = fact(
  "listeners",
  `
if command -v ss >/dev/null; then
  echo '@@ ss'
  ss -lntup
else
  echo '@@ tcp'
  cat /proc/net/tcp /proc/net/tcp6
  echo '@@ udp'
  cat /proc/net/udp /proc/net/udp6
fi`,
  (output): readonly Listener[] => {
    const part = (name: string): string => sections(output).get(name) ?? "";
    return [...lines(part("ss")).flatMap(parseSs), ...parseProc(part("tcp"), "tcp"), ...parseProc(part("udp"), "udp")];
  },
);

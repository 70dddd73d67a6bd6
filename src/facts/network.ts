import { canonicalAddress } from "../shared/ip.ts";
import { fact } from "./fact.ts";
import { keyValues, lines, sections, toNumber, words } from "./text.ts";

export interface Interface {
  readonly name: string;
  /** Absent for interfaces without one, such as tunnels. */
  readonly mac?: string;
  /** Bytes. */
  readonly mtu?: number;
  /** With prefix length, as `10.0.0.11/24`; link-local IPv6 included, but not what is there for a time only, as by privacy extensions. */
  readonly addresses: readonly string[];
}

export interface Route {
  /** `default`, or a range with prefix length. */
  readonly destination: string;
  readonly device?: string;
  readonly via?: string;
  readonly family: 4 | 6;
}

export interface NetworkFact {
  /** False where `ip` is missing: then addresses and routes are not known rather than absent. */
  readonly known: boolean;
  readonly interfaces: readonly Interface[];
  /** Of the main table, at most 500 of each family. Routes that refuse (unreachable, blackhole) are left out. */
  readonly routes: readonly Route[];
}

const parseAddresses = (text: string): ReadonlyMap<string, readonly string[]> => {
  const found = new Map<string, string[]>();
  for (const line of lines(text)) {
    const [, device, address] = /^\d+:\s+(\S+)\s+inet6?\s+(\S+)/.exec(line) ?? [];
    if (device === undefined || address === undefined || /\s(?:temporary|deprecated|dadfailed)\s/.test(line)) continue;
    // A point-to-point address has no prefix length: it is alone.
    const range = address.includes("/") ? address : `${address}/${address.includes(":") ? 128 : 32}`;
    found.set(device, [...(found.get(device) ?? []), range]);
  }
  return found;
};

const parseInterfaces = (links: string, addresses: string): readonly Interface[] => {
  const byDevice = parseAddresses(addresses);
  return lines(links).map((line) => {
    const [name = "", mtu, mac] = words(line);
    const bytes = toNumber(mtu);
    return {
      name,
      addresses: byDevice.get(name) ?? [],
      ...(bytes === undefined ? {} : { mtu: bytes }),
      ...(mac === undefined || !/[1-9a-f]/.test(mac) ? {} : { mac: mac.toLowerCase() }),
    };
  });
};

const parseRoutes = (text: string, family: 4 | 6): readonly Route[] =>
  lines(text)
    .filter((line) => /^(?:default|[0-9a-f:.]+(?:\/\d+)?)(?:\s|$)/.test(line))
    .map((line) => {
      const [first = ""] = words(line);
      const after = (word: string): string | undefined => new RegExp(`\\s${word}\\s+(\\S+)`).exec(line)?.[1];
      const [device, via] = [after("dev"), after("via")];
      const destination = first === "default" || first.includes("/") ? first : `${first}/${family === 4 ? 32 : 128}`;
      return { destination, family, ...(device === undefined ? {} : { device }), ...(via === undefined ? {} : { via }) };
    });

export const network = fact(
  "network",
  `
echo '@@ ip'
command -v ip >/dev/null && echo known=yes || echo known=no
echo '@@ links'
for path in /sys/class/net/*; do
  mtu='' mac=''
  [ -r "$path/mtu" ] || continue
  read -r mtu <"$path/mtu"
  read -r mac <"$path/address"
  echo "\${path##*/} $mtu $mac"
done
echo '@@ addresses'
ip -o addr show
echo '@@ routes4'
ip route show | head -n 500
echo '@@ routes6'
ip -6 route show | head -n 500`,
  (output): NetworkFact => {
    const part = (name: string): string => sections(output).get(name) ?? "";
    return {
      known: keyValues(part("ip")).get("known") === "yes",
      interfaces: parseInterfaces(part("links"), part("addresses")),
      routes: [...parseRoutes(part("routes4"), 4), ...parseRoutes(part("routes6"), 6)],
    };
  },
);

/** The interface that carries an address, however it is written. */
export const interfaceOf = (fact: NetworkFact, address: string): Interface | undefined => {
  const wanted = canonicalAddress(address);
  return fact.interfaces.find(({ addresses }) =>
    addresses.some((range) => wanted !== undefined && canonicalAddress(range.slice(0, range.indexOf("/"))) === wanted),
  );
};

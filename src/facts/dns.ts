import { fact } from "./fact.ts";
import { lines, sections, words } from "./text.ts";

export interface Resolver {
  readonly nameservers: readonly string[];
  readonly search: readonly string[];
}

export interface DnsFact {
  /** /etc/resolv.conf; absent where there is no such file. */
  readonly resolvConf?: Resolver;
  /** /run/systemd/resolve/resolv.conf: the real servers behind systemd-resolved's own address. */
  readonly resolved?: Resolver;
}

const parseResolver = (text: string): Resolver => {
  const rows = lines(text).map((line) => words(line));
  return {
    nameservers: rows.flatMap(([key, server]) => (key === "nameserver" && server !== undefined ? [server] : [])),
    search: rows.findLast(([key]) => key === "search" || key === "domain")?.slice(1) ?? [],
  };
};

export const dns = fact(
  "dns",
  `
[ -r /etc/resolv.conf ] && echo '@@ resolv' && cat /etc/resolv.conf
[ -r /run/systemd/resolve/resolv.conf ] && { echo; echo '@@ resolved'; cat /run/systemd/resolve/resolv.conf; }`,
  (output): DnsFact => {
    const parts = sections(output);
    const [resolv, resolved] = [parts.get("resolv"), parts.get("resolved")];
    return {
      ...(resolv === undefined ? {} : { resolvConf: parseResolver(resolv) }),
      ...(resolved === undefined ? {} : { resolved: parseResolver(resolved) }),
    };
  },
);

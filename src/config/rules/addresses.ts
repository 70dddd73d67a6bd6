import { addressFamily, contains, listParts } from "../../shared/ip.ts";
import { isHost, looksLikeAddress } from "../../shared/names.ts";
import { type Finding, show } from "../problems.ts";
import type { Path } from "../schema.ts";
import { eachHost, type Rule, when } from "./rule.ts";

/** A hint for the usual slips of an IP address. */
export const addressHint = (text: string): string | undefined => {
  if (text.includes("/")) return "write the address without its prefix length";
  const plain = text.replaceAll(/(^|\.)0+(?=\d)/g, "$1");
  if (plain !== text && addressFamily(plain) !== undefined) return `write ${plain}: leading zeros mean octal to some programs`;
  if (/^[^[\]]+:\d+$/.test(text) && addressFamily(text) === undefined) return "the port belongs into ssh.port";
  return undefined;
};

const judgeAddress = (path: Path, address: string): Finding[] => {
  if (isHost(address)) return [];
  const what = looksLikeAddress(address) || address.includes("/") ? "an IP address" : "an IP address or a DNS name";
  return [{ path, message: `${show(address)} is not ${what}`, hint: addressHint(address) }];
};

export const addresses: Rule = (view) =>
  eachHost(view, ({ address }, path) => (address === undefined ? [] : judgeAddress([...path, "address"], address)));

/** Ranges in which no node can have its address, with what they are for. */
const unusable: readonly (readonly [string, string])[] = [
  ["0.0.0.0/8", "stands for no particular host"],
  ["127.0.0.0/8", "means every machine itself"],
  ["224.0.0.0/4", "is for multicast"],
  ["255.255.255.255/32", "is for broadcast"],
  ["::/128", "stands for no particular host"],
  ["::1/128", "means every machine itself"],
  ["ff00::/8", "is for multicast"],
];

/** Text that is to be an address of a node. */
const judgeNodeAddress = (path: Path, text: string): Finding[] => {
  if (addressFamily(text) === undefined) return [{ path, message: `${show(text)} is not an IP address`, hint: addressHint(text) }];
  const reason = unusable.find(([range]) => contains(range, text))?.[1];
  return when(reason !== undefined, { path, message: `${text} cannot be a node's address: it ${reason}` });
};

/** A node has one IP address which other nodes can reach, or one of each family. */
export const nodeAddresses: Rule = (view) =>
  eachHost(view, ({ address, internalAddress }, path) => {
    if (internalAddress !== undefined) {
      const at = [...path, "internalAddress"];
      const parts = listParts(internalAddress);
      const wrong = parts.flatMap((part) => judgeNodeAddress(at, part));
      const isPair = parts.length === 2 && addressFamily(parts[0] ?? "") !== addressFamily(parts[1] ?? "");
      if (wrong.length > 0 || parts.length === 1 || isPair) return wrong;
      return [{ path: at, message: `${show(internalAddress)} is neither one address nor one of IPv4 and one of IPv6` }];
    }
    const at = [...path, "address"];
    if (address === undefined) return [];
    if (addressFamily(address) !== undefined) return judgeNodeAddress(at, address);
    return when(isHost(address), {
      path: at,
      message: `${show(address)} is a name, so the node's IP address must be said too`,
      hint: "add internalAddress: 10.0.0.11, say",
    });
  });

/** SSH to this very machine is most often a mistake for `local: true`. */
export const localHosts: Rule = (view) => {
  const locals = view.cluster.hosts.filter(({ local }) => local);
  return eachHost(view, ({ local, ssh }, path, index) => [
    ...when(local === true && locals.length > 1 && view.cluster.hosts[index] !== locals[0], {
      path: [...path, "local"],
      message: "only one host can be this machine",
    }),
    ...when(local === true && ssh !== undefined, {
      path: [...path, "ssh"],
      at: "key",
      severity: "warning",
      message: "is not used, since the host is this machine (local: true)",
    }),
  ]);
};

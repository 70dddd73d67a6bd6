import { addressFamily, contains } from "../../shared/ip.ts";
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

/** The node's address must be one IP address which other nodes can reach. */
export const nodeAddresses: Rule = (view) =>
  eachHost(view, ({ address, internalAddress }, path) => {
    const given = internalAddress ?? address;
    if (given === undefined) return [];
    const at = [...path, internalAddress === undefined ? "address" : "internalAddress"];
    if (addressFamily(given) === undefined) {
      if (internalAddress !== undefined) {
        return when(!given.includes(","), { path: at, message: `${show(given)} is not an IP address`, hint: addressHint(given) });
      }
      return when(isHost(given), {
        path: at,
        message: `${show(given)} is a name, so the node's IP address must be said too`,
        hint: "add internalAddress: 10.0.0.11, say",
      });
    }
    const reason = unusable.find(([range]) => contains(range, given))?.[1];
    return when(reason !== undefined, { path: at, message: `${given} cannot be a node's address: it ${reason}` });
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

import { interfaceOf, type NetworkFact } from "../../facts/network.ts";
import { addressFamily } from "../../shared/ip.ts";
import type { Check } from "../check.ts";
import { listed } from "../words.ts";

/** Addresses another machine might reach: no loopback, no link-local ones. */
const candidates = ({ interfaces }: NetworkFact): readonly string[] =>
  interfaces.flatMap(({ name, addresses }) =>
    name === "lo"
      ? []
      : addresses
          .map((range) => range.slice(0, range.indexOf("/")))
          .filter((address) => !address.toLowerCase().startsWith("fe80:") && !address.startsWith("169.254."))
          .map((address) => `${address} (${name})`),
  );

export const internalAddress: Check = {
  id: "internal-address",
  question: "Does the node's address belong to this machine?",
  severity: "error",
  appliesTo: ({ facts }) => facts.network.known,
  ask: ({ host, facts: { network } }) => {
    if (interfaceOf(network, host.internalAddress) !== undefined) return undefined;
    const own = candidates(network);
    return {
      problem:
        addressFamily(host.internalAddress) === undefined
          ? `the node's address ${host.internalAddress} is a name, not an IP address`
          : `no network interface has the node's address ${host.internalAddress}`,
      evidence: own.length > 0 ? `it has ${listed(own)}` : "it has no address at all",
      remedy:
        host.internalAddress === host.address
          ? "SSH reaches the host through address translation: set its internalAddress to one of its own, which the other hosts can reach"
          : "set internalAddress to one of its own, which the other hosts can reach",
    };
  },
};

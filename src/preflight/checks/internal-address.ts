import { addressesOf } from "../../config/roles.ts";
import type { Cluster, ClusterHost } from "../../config/types.ts";
import { interfaceOf, type NetworkFact } from "../../facts/network.ts";
import { addressFamily, familiesOf } from "../../shared/ip.ts";
import type { Check } from "../check.ts";
import { isNode } from "../roles.ts";
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
    const missing = addressesOf(host).filter((address) => interfaceOf(network, address) === undefined);
    const [address] = missing;
    if (address === undefined) return undefined;
    const own = candidates(network);
    return {
      problem:
        addressFamily(address) === undefined
          ? `the node's address ${address} is a name, not an IP address`
          : `no network interface has the node's address ${listed(missing)}`,
      evidence: own.length > 0 ? `it has ${listed(own)}` : "it has no address at all",
      remedy:
        address === host.address
          ? "SSH reaches the host through address translation: set its internalAddress to one of its own, which the other hosts can reach"
          : "set internalAddress to one of its own, which the other hosts can reach",
    };
  },
};

const hasBothFamilies = ({ kubernetes }: Cluster): boolean =>
  new Set(familiesOf(`${kubernetes.podSubnet},${kubernetes.serviceSubnet}`)).size > 1;

/** What is wrong with a node's addresses where pods have both families. */
const judgeBoth = (host: ClusterHost, network: NetworkFact, plugin: Cluster["network"]["plugin"]): string | undefined => {
  const { internalAddress: first, secondAddress: second } = host;
  if (second === undefined) return `the cluster has IPv4 and IPv6, and the node ${first} alone`;
  const [one, other] = [first, second].map((address) => interfaceOf(network, address)?.name);
  if (plugin !== "flannel" || one === undefined || other === undefined || one === other) return undefined;
  return `${first} is on ${one} and ${second} on ${other}, and flannel sends both families over one interface`;
};

/** flannel does not start on a node with one family; another pod network may know what to do with one, as kubeadm supposes. */
export const bothAddresses: Check = {
  id: "both-addresses",
  question: "Has the node of a dual-stack cluster an address of each family?",
  severity: "error",
  appliesTo: (context) => isNode(context) && context.facts.network.known && hasBothFamilies(context.cluster),
  ask: ({ host, facts: { network }, cluster }) => {
    const problem = judgeBoth(host, network, cluster.network.plugin);
    return problem === undefined
      ? undefined
      : {
          problem,
          evidence: `it has ${listed(candidates(network))}`,
          remedy:
            "give the interface of the node's address one of the other family, which the other hosts can reach; a file names both as internalAddress",
          ...(cluster.network.plugin === "none" && { severity: "warning" as const }),
        };
  },
};

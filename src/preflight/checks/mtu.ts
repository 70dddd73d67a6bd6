import type { ClusterHost } from "../../config/types.ts";
import type { HostFacts } from "../../facts/index.ts";
import { interfaceOf } from "../../facts/network.ts";
import type { Check } from "../check.ts";
import { once } from "../fleet.ts";
import { isNode } from "../roles.ts";

/** Of the interface that carries the node's address. */
const mtuOf = ({ network }: HostFacts, { internalAddress }: ClusterHost): number | undefined => interfaceOf(network, internalAddress)?.mtu;

/** The first host of the configuration whose MTU is known. */
const reference = once((fleet, { hosts }) => {
  for (const host of hosts) {
    const facts = fleet.get(host.name);
    const size = facts && mtuOf(facts, host);
    if (size !== undefined) return { name: host.name, mtu: size };
  }
  return undefined;
});

export const mtu: Check = {
  id: "mtu",
  question: "Do the hosts send packets of the same size?",
  severity: "warning",
  appliesTo: (context) => isNode(context) && context.others.size > 0 && context.cluster.network.flannel.mtu === undefined,
  ask: (context) => {
    const [mine, first] = [mtuOf(context.facts, context.host), reference(context)];
    if (mine === undefined || first === undefined || mine === first.mtu) return undefined;
    return {
      problem: `the node's interface has MTU ${mine}, that of ${first.name} ${first.mtu}: large packets between their pods may vanish`,
      remedy: "set the same MTU on all hosts, or the smallest of them less 50 bytes as spec.network.flannel.mtu",
    };
  },
};

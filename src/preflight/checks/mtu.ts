import type { HostFacts } from "../../facts/index.ts";
import { interfaceOf } from "../../facts/network.ts";
import type { Check, CheckContext } from "../check.ts";
import { isNode } from "../roles.ts";

/** Of the interface that carries the node's address. */
const mtuOf = ({ cluster, host, facts, others }: CheckContext, name: string): number | undefined => {
  const [answers, address]: [HostFacts | undefined, string | undefined] = [
    name === host.name ? facts : others.get(name),
    cluster.hosts.find((other) => other.name === name)?.internalAddress,
  ];
  return answers === undefined || address === undefined ? undefined : interfaceOf(answers.network, address)?.mtu;
};

export const mtu: Check = {
  id: "mtu",
  question: "Do the hosts send packets of the same size?",
  severity: "warning",
  appliesTo: (context) => isNode(context) && context.others.size > 0 && context.cluster.network.flannel.mtu === undefined,
  ask: (context) => {
    const reference = context.cluster.hosts.find(({ name }) => mtuOf(context, name) !== undefined);
    const [mine, theirs] = [mtuOf(context, context.host.name), reference && mtuOf(context, reference.name)];
    if (mine === undefined || theirs === undefined || mine === theirs) return undefined;
    return {
      problem: `the node's interface has MTU ${mine}, that of ${reference?.name} ${theirs}: large packets between their pods may vanish`,
      remedy: "set the same MTU on all hosts, or the smallest of them less 50 bytes as spec.network.flannel.mtu",
    };
  },
};

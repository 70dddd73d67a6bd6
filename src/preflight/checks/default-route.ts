import { addressFamily, overlap, parseCidr } from "../../shared/ip.ts";
import type { Check } from "../check.ts";
import { isNode } from "../roles.ts";

export const defaultRoute: Check = {
  id: "default-route",
  question: "Has the host a route by which Service addresses leave it?",
  severity: "error",
  appliesTo: (context) => isNode(context) && context.facts.network.known,
  ask: ({ facts: { network }, cluster: { kubernetes }, host }) => {
    const family = addressFamily(host.internalAddress) ?? 4;
    const leads = network.routes.some(
      ({ destination, family: of }) =>
        (destination === "default" && of === family) ||
        (parseCidr(destination) !== undefined &&
          parseCidr(kubernetes.serviceSubnet) !== undefined &&
          overlap(destination, kubernetes.serviceSubnet)),
    );
    if (leads) return undefined;
    return {
      problem: `there is no default route: the kernel drops packets to Services (${kubernetes.serviceSubnet}) before kube-proxy sees them`,
      remedy: `add a default route, or one for Services alone: "ip route add ${kubernetes.serviceSubnet} dev INTERFACE", and make it permanent`,
    };
  },
};

import type { Check } from "../check.ts";
import { isOurs } from "../roles.ts";

/** kubelet and kube-proxy of every node go by the endpoint. Who has kbs's own load balancer has the name in the hosts file. */
export const endpointName: Check = {
  id: "endpoint-name",
  question: "Does the host know the name by which it is to reach the API?",
  severity: "error",
  appliesTo: ({ endpointAddresses }) => endpointAddresses !== undefined,
  ask: (context) => {
    if (context.endpointAddresses?.length !== 0) return undefined;
    const { host } = context.cluster.controlPlaneEndpoint;
    return {
      // In a cluster that lives it may be the DNS that is away.
      ...(isOurs(context) && { severity: "warning" }),
      problem: `the host knows no address of ${host}, by which nodes are to reach the API`,
      remedy: "tell DNS, or /etc/hosts on every node, what it means; or write loadBalancer: haproxy, for which kbs sees to that",
    };
  },
};

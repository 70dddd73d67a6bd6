import { formatCidr, overlap, parseCidr, parseCidrs } from "../../shared/ip.ts";
import type { Check } from "../check.ts";
import { isNode } from "../roles.ts";

export const defaultRoute: Check = {
  id: "default-route",
  question: "Has the host a route by which Service addresses leave it?",
  severity: "error",
  appliesTo: (context) => isNode(context) && context.facts.network.known,
  ask: ({ facts: { network }, cluster: { kubernetes } }) => {
    const lost = parseCidrs(kubernetes.serviceSubnet).filter(
      (services) =>
        !network.routes.some(
          ({ destination, family }) =>
            (destination === "default" && family === services.family) ||
            (parseCidr(destination) !== undefined && overlap(destination, services)),
        ),
    );
    if (lost.length === 0) return undefined;
    const kind = lost.every(({ family }) => family === 4) ? "" : ` of ${lost.map(({ family }) => `IPv${family}`).join(" and ")}`;
    const commands = lost.map((services) => `ip ${services.family === 4 ? "" : "-6 "}route add ${formatCidr(services)} dev INTERFACE`);
    return {
      problem: `there is no default route${kind}: the kernel drops packets to Services (${lost.map(formatCidr).join(",")}) before kube-proxy sees them`,
      remedy: `add a default route, or one for Services alone: "${commands.join("; ")}", and make it permanent`,
    };
  },
};

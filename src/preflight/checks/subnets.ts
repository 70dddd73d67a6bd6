import { formatCidr, overlap, parseCidr, parseCidrs } from "../../shared/ip.ts";
import type { Check } from "../check.ts";
import { isOurs } from "../roles.ts";

/** A route for everything, however it is written, overlaps with no purpose of its own. */
const isDefault = (destination: string): boolean => destination === "default" || destination.endsWith("/0");

export const subnets: Check = {
  id: "subnets",
  question: "Are pod and Service addresses free on the host's networks?",
  severity: "error",
  // Once the pod network is up, its own routes lie in the pod subnet.
  appliesTo: (context) => !isOurs(context),
  ask: ({ facts: { network }, cluster: { kubernetes } }) => {
    const used = [
      ...network.interfaces.flatMap(({ name, addresses }) => addresses.map((range) => ({ range, what: `${range} of ${name}` }))),
      ...network.routes
        .filter(({ destination }) => !isDefault(destination))
        .map(({ destination, device }) => ({ range: destination, what: `the route ${destination} by ${device ?? "?"}` })),
    ].filter(({ range }) => parseCidr(range) !== undefined);
    const clashes = (["podSubnet", "serviceSubnet"] as const).flatMap((key) =>
      parseCidrs(kubernetes[key]).flatMap((cidr) => {
        const clash = used.find(({ range }) => overlap(range, cidr));
        return clash ? [{ key, family: cidr.family, text: `${key} ${formatCidr(cidr)} overlaps ${clash.what}` }] : [];
      }),
    );
    if (clashes.length === 0) return undefined;
    const keys = [...new Set(clashes.map(({ key }) => key))];
    const examples = [...new Set(clashes.map(({ family }) => (family === 4 ? "172.30.0.0/16" : "fd00:30::/108")))];
    return {
      problem: clashes.map(({ text }) => text).join("; "),
      remedy: `choose another range in spec.kubernetes.${keys.join(" and ")}, such as ${examples.join(" and ")}, or give up what uses it`,
    };
  },
};

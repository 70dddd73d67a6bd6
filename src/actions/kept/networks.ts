import type { Cluster } from "../../config/types.ts";
import type { HostFacts } from "../../facts/index.ts";
import { UserError } from "../../shared/errors.ts";

/**
 * A cluster that lives keeps its subnets and its domain, as its hosts have written them down.
 * @throws UserError exit "usage"
 */
export const refuseOtherNetworks = (
  { kubernetes, source }: Pick<Cluster, "kubernetes" | "source">,
  facts: ReadonlyMap<string, Pick<HostFacts, "ownership">>,
  clusterId: string,
): void => {
  const owners = [...facts.values()].flatMap(({ ownership }) => (ownership?.id === clusterId ? [ownership] : []));
  const was = owners.find(({ networks }) => networks !== undefined)?.networks;
  if (!was) return;
  for (const field of ["podSubnet", "serviceSubnet", "dnsDomain"] as const) {
    if (kubernetes[field] === was[field]) continue;
    throw new UserError(`${source}: spec.kubernetes.${field} is ${kubernetes[field]}, but the cluster was made with ${was[field]}`, {
      probably: "it is in addresses and certificates all over the cluster, and cannot be changed in a cluster that lives",
      hint: `write ${field}: ${was[field]}; or delete the cluster and create it again`,
    });
  }
};

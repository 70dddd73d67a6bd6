import { fact } from "./fact.ts";
import { words } from "./text.ts";

/** The cluster of kbs to which a host belongs. */
export interface Owner {
  readonly id: string;
  readonly name: string;
  /** What can never be changed in a cluster, as the first run had it. */
  readonly networks?: { readonly podSubnet: string; readonly serviceSubnet: string; readonly dnsDomain: string };
}

/** From /var/lib/kbs/cluster, which holds the cluster's id and name, then its subnets (`-` for none) and domain. Undefined for a host that kbs never changed, or gave back. */
export const ownership = fact("ownership", "cat /var/lib/kbs/cluster", (output): Owner | undefined => {
  const [id, name, podSubnet, serviceSubnet, dnsDomain] = words(output);
  if (id === undefined || name === undefined) return undefined;
  if (podSubnet === undefined || serviceSubnet === undefined || dnsDomain === undefined) return { id, name };
  return { id, name, networks: { podSubnet: podSubnet === "-" ? "" : podSubnet, serviceSubnet, dnsDomain } };
});

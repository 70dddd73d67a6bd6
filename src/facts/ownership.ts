import { fact } from "./fact.ts";
import { words } from "./text.ts";

/** The cluster of kbs to which a host belongs. */
export interface Owner {
  readonly id: string;
  readonly name: string;
}

/** From /var/lib/kbs/cluster, which holds the cluster's id and name. Undefined for a host that kbs never changed, or gave back. */
export const ownership = fact("ownership", "cat /var/lib/kbs/cluster", (output): Owner | undefined => {
  const [id, name] = words(output);
  return id === undefined || name === undefined ? undefined : { id, name };
});

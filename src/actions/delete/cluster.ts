import { UserError } from "../../shared/errors.ts";
import { arbiterFirst } from "../fleet/lease.ts";
import { type Confirm, carriers, doorOf, giveBack } from "../give-back.ts";
import type { ActionOutcome, FleetOptions } from "../options.ts";
import { type Survey, survey } from "../survey.ts";

export interface DeleteOptions extends FleetOptions {
  readonly confirm: Confirm;
}

/** Gives the hosts of a cluster back as they were found. Only hosts that say themselves that they belong to it are touched. */
export const deleteCluster = async (options: DeleteOptions): Promise<ActionOutcome> => {
  const found = await survey(options);
  try {
    return await deleteSurveyed(found, options);
  } finally {
    await found.fleet.close();
  }
};

const deleteSurveyed = async (found: Survey, options: DeleteOptions): Promise<ActionOutcome> => {
  const hosts = await carriers(found, options, "deleted");
  const { cluster, clusterId, run } = found;
  if (hosts.length === 0) {
    options.bus.emit({ type: "warning", text: `no host carries a cluster called ${cluster.name}: there is nothing to delete` });
    return { exit: "done", changed: 0, next: [] };
  }
  const names = arbiterFirst(hosts).join(", ");
  const sentence = `This deletes the cluster ${cluster.name} with all its data from ${names} and gives the hosts back as they were.`;
  if (!(await options.confirm(sentence, cluster.name))) throw new UserError("not confirmed; nothing was deleted");
  return await giveBack(hosts, doorOf(found.fleet), { cluster: { id: clusterId, name: cluster.name }, run }, options);
};

import { UserError } from "../shared/errors.ts";
import { quoteAll } from "../shared/quote.ts";
import { applyCluster } from "./apply.ts";
import { glimpse } from "./first-control-plane.ts";
import { listNodes } from "./loss.ts";
import { openApi } from "./open-api.ts";
import type { ActionOutcome, FleetOptions } from "./options.ts";
import { chosenNames } from "./survey.ts";
import type { KubeconfigPlace } from "./write-kubeconfig.ts";

export interface AddNodesOptions extends FleetOptions, KubeconfigPlace {}

/** Names in the file, of those that the operator chose, which the cluster has no node of. @throws UserError when there is none */
const newNames = async (options: AddNodesOptions): Promise<readonly string[]> => {
  const found = await glimpse(options);
  const { cluster, fleet } = found;
  try {
    const chosen = chosenNames(cluster, options.limit);
    const kube = openApi(found, options);
    try {
      const known = new Set((await listNodes(kube, options.signal)).map(({ metadata }) => metadata.name));
      const names = cluster.hosts.map(({ name }) => name).filter((name) => chosen.has(name) && !known.has(name));
      if (names.length > 0) return names;
      throw new UserError(
        `every host ${options.limit.length > 0 ? "that is named" : `of ${options.file}`} is a node of ${cluster.name} already`,
        {
          hint: `write the new hosts into the file; what else it says, or a run has left undone, is done by ${quoteAll(["kbs", "apply", "-f", options.file])}`,
        },
      );
    } finally {
      kube.close();
    }
  } finally {
    await fleet.close();
  }
};

/**
 * Joins the hosts of the file that the cluster does not know yet. No other host is touched.
 * @throws UserError when there is no cluster yet, and when no host is new
 */
export const addNodes = async (options: AddNodesOptions): Promise<ActionOutcome> => {
  if (options.file === "-") {
    throw new UserError("the hosts to be added cannot be read from standard input", { hint: "name the file of the cluster by -f FILE" });
  }
  const limit = await newNames(options);
  return await applyCluster({ ...options, limit, maxUnavailable: 1 });
};

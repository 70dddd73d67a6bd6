import { glimpse } from "../fleet/first-control-plane.ts";
import { readAdminConf } from "../fleet/open-api.ts";
import type { ActionOutcome, FleetOptions } from "../options.ts";
import { forOperator, placeKubeconfig } from "./write.ts";

export interface KubeconfigOptions extends FleetOptions {
  /** Put the cluster into the user's own kubeconfig. */
  readonly merge: boolean;
  /** Write the kubeconfig to this file. */
  readonly out?: string;
}

export interface KubeconfigFetched {
  readonly outcome: ActionOutcome;
  /** The kubeconfig, when it was not to be written anywhere. */
  readonly text?: string;
  /** Where it was written. */
  readonly path?: string;
}

/** The administrator's kubeconfig of a cluster that exists, from its first control plane; no other host is connected to. */
export const fetchKubeconfig = async (options: KubeconfigOptions): Promise<KubeconfigFetched> => {
  const { merge, out } = options;
  const found = await glimpse(options);
  try {
    const text = forOperator(readAdminConf(found, options), found.cluster);
    const outcome: ActionOutcome = { exit: "done", changed: 0, next: [] };
    if (!merge && out === undefined) return { outcome, text };
    const place = { mergeKubeconfig: merge, ...(out !== undefined && { kubeconfigFile: out }) };
    return { outcome, path: await placeKubeconfig(text, found.cluster.name, place) };
  } finally {
    await found.fleet.close();
  }
};

import type { KubeconfigPlace } from "../kubeconfig/write.ts";
import type { ActionOutcome, FleetOptions } from "../options.ts";
import { applyCluster } from "./apply.ts";

export interface CreateOptions extends FleetOptions, KubeconfigPlace {}

/** Makes the cluster of a configuration file. One that is there already is brought to what the file says, its members one after another. */
export const createCluster = (options: CreateOptions): Promise<ActionOutcome> => applyCluster({ ...options, maxUnavailable: 1 });

import type { AnyCommand } from "./command.ts";
import { createCluster } from "./create/cluster.ts";
import { createConfig } from "./create/config.ts";
import { version } from "./version.ts";

/** Every command, in the order in which help lists them. */
export const commands: readonly AnyCommand[] = [createConfig, createCluster, version];

/** What each noun or verb that holds several commands is about. */
export const groups: Readonly<Record<string, string>> = {
  create: "Make a cluster, or a configuration for one",
};

import type { Change } from "../../changes/change.ts";
import { stateDirectory } from "../../changes/sh/base.ts";
import { patchesFile } from "../../facts/kept-patches.ts";
import type { Context } from "../context.ts";

/** Given back last: while anything of the cluster is on the host, the host says whose it is. */
export const membership = ({ clusterId, cluster }: Context): Change => ({
  kind: "file",
  path: `${stateDirectory}/cluster`,
  mode: 0o600,
  content: `${clusterId} ${cluster.name}\n${cluster.kubernetes.podSubnet || "-"} ${cluster.kubernetes.serviceSubnet} ${cluster.kubernetes.dnsDomain}\n`,
});

/** Kept on the host for later runs, as patches of a cluster are of no other use: only `kbs init` and `kbs join` know them. */
export const keptPatches = ({ cluster: { patches } }: Context): Change[] =>
  patches === undefined ? [] : [{ kind: "file", path: patchesFile, mode: 0o600, secret: true, content: `${JSON.stringify(patches)}\n` }];

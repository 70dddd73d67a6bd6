import { endpointOf, runtimeOf } from "../config/kubeadm/index.ts";
import { readPatches } from "../config/patches.ts";
import type { Cluster } from "../config/types.ts";
import type { Bus } from "../engine/events.ts";
import { UserError } from "../shared/errors.ts";
import type { Here } from "./here.ts";

/** @throws UserError for a socket of a runtime that kbs does not know */
export const withSocket = (cluster: Cluster, socket: string | undefined): Cluster => {
  if (socket === undefined) return cluster;
  const name = runtimeOf(socket);
  if (name === "containerd") return { ...cluster, runtime: { ...cluster.runtime, ...endpointOf(socket) } };
  throw new UserError(`--cri-socket: ${socket} is not a socket that kbs can use yet`, {
    hint: "it uses containerd's: unix:///run/containerd/containerd.sock",
  });
};

/** Patches of the flag or of the file, else those of an earlier run. @throws UserError for files that are no patches */
export const withPatches = async (
  cluster: Cluster,
  folder: string | undefined,
  { patches: kept }: Pick<Here, "patches">,
  bus: Bus,
): Promise<Cluster> => {
  if (folder === undefined) return kept === undefined ? cluster : { ...cluster, patches: kept };
  const { patches, warnings } = await readPatches(folder);
  for (const text of warnings) bus.emit({ type: "warning", text });
  return { ...cluster, patches };
};

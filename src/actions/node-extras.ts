import { endpointOf, runtimeOf } from "../config/kubeadm/index.ts";
import { readPatches } from "../config/patches.ts";
import type { Cluster, Patch } from "../config/types.ts";
import { deltasOf } from "../config/versions.ts";
import type { Bus } from "../engine/events.ts";
import { UserError } from "../shared/errors.ts";
import type { Here } from "./fleet/here.ts";

/** @throws UserError for a socket of a runtime that kbs does not know */
export const withSocket = (cluster: Cluster, socket: string | undefined): Cluster => {
  if (socket === undefined) return cluster;
  const name = runtimeOf(socket);
  if (name === "containerd") return { ...cluster, runtime: { ...cluster.runtime, ...endpointOf(socket) } };
  throw new UserError(`--cri-socket: ${socket} is not a socket that kbs can use yet`, {
    hint: "it uses containerd's: unix:///run/containerd/containerd.sock",
  });
};

/** Patches that kubeadm of the cluster's version would not look at, a sentence each. */
const tooEarly = ({ kubernetes: { version } }: Cluster, patches: readonly Patch[]): readonly string[] =>
  deltasOf(version).proxyPatches
    ? []
    : patches
        .filter(({ target }) => target === "kubeproxydaemonset")
        .map(({ file }) => `${file} is ignored: kube-proxy is patched from Kubernetes 1.37 on, and this is ${version}`);

/** Patches of the flag or of the file, else those of an earlier run. @throws UserError for files that are no patches */
export const withPatches = async (
  cluster: Cluster,
  folder: string | undefined,
  { patches: kept }: Pick<Here, "patches">,
  bus: Bus,
): Promise<Cluster> => {
  if (folder === undefined) return kept === undefined ? cluster : { ...cluster, patches: kept };
  const { patches, warnings } = await readPatches(folder);
  for (const text of [...warnings, ...tooEarly(cluster, patches)]) bus.emit({ type: "warning", text });
  return { ...cluster, patches };
};

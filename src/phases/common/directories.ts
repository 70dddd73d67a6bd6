import { dirname } from "node:path";
import type { Change } from "../../changes/change.ts";
import type { Cluster } from "../../config/types.ts";
import { quote } from "../../shared/quote.ts";
import { certificatesOf, kubeletDirectory, kubernetesDirectory, manifestsDirectory, pki } from "../../templates/paths.ts";

/** Around everything that is written of a cluster: it goes with the cluster. */
export const kubernetesFolder: Change = { kind: "directory", path: kubernetesDirectory, mode: 0o755, data: true };
/** The kubelet reads whatever lies in it. */
export const manifestsFolder: Change = { kind: "directory", path: manifestsDirectory, mode: 0o700 };

/** The kubelet's own: it goes with the cluster. */
export const kubeletFolder: Change = { kind: "directory", path: kubeletDirectory, mode: 0o700, data: true };

/** A folder as it is, or a new one: whoever has made it has decided who may look into it. */
const folderAsItIs = (path: string): Change => ({
  kind: "command",
  name: `make the folder ${path}`,
  check: `[ -d ${quote(path)} ] || { echo absent; exit 1; }`,
  apply: `umask 022 && mkdir -p ${quote(path)}`,
  undo: `rmdir ${quote(path)} 2>/dev/null || :`,
});

/** Where certificates go: kubeadm's folder, or one that is somebody's own, whose parents may be anything. */
export const certificatesFolder = (cluster: Pick<Cluster, "kubernetes">): readonly Change[] => {
  const folder = certificatesOf(cluster);
  if (folder === pki) return [{ kind: "directory", path: pki, mode: 0o755 }];
  return [...(folder.startsWith(`${kubernetesDirectory}/`) ? [] : [folderAsItIs(dirname(folder))]), folderAsItIs(folder)];
};

/** Where etcd's certificates go. */
export const etcdCertificatesFolder = (cluster: Pick<Cluster, "kubernetes">): Change => ({
  kind: "directory",
  path: `${certificatesOf(cluster)}/etcd`,
  mode: 0o755,
});

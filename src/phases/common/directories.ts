import type { Change } from "../../changes/change.ts";
import { kubernetesDirectory, manifestsDirectory } from "../../templates/paths.ts";

/** Around everything that is written of a cluster: it goes with the cluster. */
export const kubernetesFolder: Change = { kind: "directory", path: kubernetesDirectory, mode: 0o755, data: true };
/** The kubelet reads whatever lies in it. */
export const manifestsFolder: Change = { kind: "directory", path: manifestsDirectory, mode: 0o700 };

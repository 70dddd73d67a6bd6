import type { KubeObject } from "../../changes/change.ts";
import { manifestsDirectory } from "../paths.ts";
import { toYaml } from "../yaml.ts";

export { type EtcdMember, etcdPod } from "./etcd.ts";
export { clientPort as etcdClientPort, clientUrl, localhost, peerUrl } from "./etcd-urls.ts";
export { extraCaDirectories } from "./input.ts";
export { kubeApiserverPod } from "./kube-apiserver.ts";
export { kubeControllerManagerPod } from "./kube-controller-manager.ts";
export { kubeSchedulerPod } from "./kube-scheduler.ts";
export { staticPodNames } from "./names.ts";
export { dialled, ownApiServer, ownEtcd, ownPlaceIn } from "./own-place.ts";
export { delayedStartup, promptStartup } from "./probes.ts";

/** Only root may read a manifest, and nothing but manifests may lie in their directory. */
const manifestMode = 0o600;

/** A static pod as the file from which the kubelet starts it. */
export const staticPodManifest = (pod: KubeObject): { readonly path: string; readonly content: string; readonly mode: number } => ({
  path: `${manifestsDirectory}/${pod.metadata.name}.yaml`,
  // Empty, as Go marshals a pod.
  content: toYaml({ ...pod, status: {} }),
  mode: manifestMode,
});

export { carolPassword } from "./base.ts";
export { labBundle } from "./bundle.ts";
export { type ClusterConfigOptions, labClusterConfig, labClusterYaml } from "./cluster-config.ts";
export type { LabHost } from "./host.ts";
export { webImage } from "./images.ts";
export { type KubeadmArchives, kubeadmArchives, kubeadmCluster, runKubeadm, type Timings } from "./kubeadm.ts";
export { type Lab, type LabOptions, openLab, startLab } from "./lab.ts";
export { waitUntilReady } from "./ready.ts";
export { labSupport } from "./support.ts";

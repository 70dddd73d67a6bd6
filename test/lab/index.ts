export { carolPassword } from "./base.ts";
export { labBundle } from "./bundle.ts";
export { type ClusterConfigOptions, type ClusterHosts, labClusterYaml } from "./cluster-config.ts";
export { addGuest, type Guest } from "./guest.ts";
export type { LabHost } from "./host.ts";
export { webImage } from "./images.ts";
export { type KubeadmArchives, kubeadmArchives, runKubeadm } from "./kubeadm.ts";
export { type Lab, openLab, startLab } from "./lab.ts";
export { labSupport } from "./support.ts";

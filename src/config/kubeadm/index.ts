export type { ThisHost } from "./cluster-file.ts";
export { type KubeadmFile, readKubeadmFile, readKubeadmText } from "./read.ts";
export { clusterFromKubeadm, type FromKubeadm, type InitRun, type TranslateOptions } from "./translate.ts";
export type { Handled } from "./unsupported.ts";

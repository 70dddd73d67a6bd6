export { type KubeadmFile, readKubeadmFile, readKubeadmText } from "./read.ts";
export { clusterFromKubeadm, type InitRun, type TranslateOptions } from "./translate.ts";
export type { Handled } from "./unsupported.ts";

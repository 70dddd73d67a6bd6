export { endpointOf } from "./extras.ts";
export { gatesOf } from "./gates.ts";
export { type JoinRun, joinOfKubeadm } from "./join.ts";
export { type KubeadmFile, readKubeadmFile, readKubeadmText } from "./read.ts";
export { resetOfKubeadm } from "./reset.ts";
export { clusterFromKubeadm, type InitRun, type TranslateOptions } from "./translate.ts";
export { type Handled, runtimeOf } from "./unsupported.ts";

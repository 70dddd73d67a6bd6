import { type KeyAlgorithm, type KeySupply, prepareKeys } from "./keys.ts";
import * as table from "./table.ts";

/** Starts to make the keys of a full set in the background. Call it as early as the algorithm is known, or can be guessed. */
export const preparePki = (algorithm: KeyAlgorithm): KeySupply =>
  prepareKeys(algorithm, table.certificates.length + table.kubeconfigs.length + 1);

/** The same for a control plane that has the CAs and the keys of service accounts already. */
export const prepareMemberKeys = (algorithm: KeyAlgorithm): KeySupply =>
  prepareKeys(algorithm, table.certificates.filter(table.isLeaf).length + table.memberKubeconfigs.length);

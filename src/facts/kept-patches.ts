import type { Patch } from "../config/types.ts";
import { fact } from "./fact.ts";

/** Where a machine keeps the patches that its node was made with. */
export const patchesFile = "/var/lib/kbs/patches.json";

/** kubeadm's patches that an earlier run was given; undefined where there were none. What kbs wrote is not judged again. */
export const keptPatches = fact(
  "keptPatches",
  `cat ${patchesFile}`,
  (output): readonly Patch[] | undefined => {
    if (output.trim() === "") return undefined;
    try {
      const kept: readonly Patch[] = JSON.parse(output);
      return kept;
    } catch {
      return undefined;
    }
  },
  { secret: true },
);

import type { Cluster, Patch, PatchTarget } from "../../config/types.ts";
import { UserError } from "../../shared/errors.ts";
import { jsonPatch } from "./json-patch.ts";
import { mergePatch, strategicPatch } from "./merge-patch.ts";

const kinds = { json: jsonPatch, merge: mergePatch, strategic: strategicPatch } as const;

const applied = (value: unknown, { type, content, file, target }: Patch): unknown => {
  try {
    return kinds[type](value, content);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { hint } = error.details;
    throw new UserError(`${file} cannot be applied to ${target}: ${error.message}`, hint === undefined ? {} : { hint });
  }
};

/**
 * What kbs writes, with kubeadm's patches for it laid over in the order of their files.
 * @throws UserError that names the file of a patch which does not fit
 */
export const patched = <T>({ patches = [] }: Pick<Cluster, "patches">, target: PatchTarget, value: T): T => {
  const own = patches.filter((patch) => patch.target === target);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what a patch makes of it is its author's
  return own.length === 0 ? value : (own.reduce<unknown>(applied, value) as T);
};

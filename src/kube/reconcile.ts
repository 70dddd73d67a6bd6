import type { ObjectChange } from "../changes/change.ts";
import { differences } from "./differences.ts";
import { refOf } from "./kinds.ts";
import type { CallOptions, Kube } from "./types.ts";

/** What became of an object, or, in the check reading, what would become of it. */
export interface Reconciled {
  readonly state: "same" | "created" | "changed";
  /** What differed, a line for each field; of a Secret, names alone. */
  readonly differs: readonly string[];
}

const same: Reconciled = { state: "same", differs: [] };
const created: Reconciled = { state: "created", differs: ["absent"] };

/**
 * Compares an object with the cluster (check), or makes it so (apply). The server itself is the judge: the check is a dry run, in which
 * defaults, admission and other managers' fields have their say.
 */
export const reconcile = async (
  kube: Kube,
  { object, manner = "apply" }: Pick<ObjectChange, "object" | "manner">,
  reading: "check" | "apply",
  options: CallOptions = {},
): Promise<Reconciled> => {
  const before = await kube.get(refOf(object), options);
  if (manner === "create") {
    if (before) return same;
    return reading === "check" || (await kube.create(object, options)) ? created : same;
  }
  if (!before) {
    // No dry run: the namespace, too, may be yet to come.
    if (reading === "apply") await kube.apply(object, options);
    return created;
  }
  const after = await kube.apply(object, { ...options, dryRun: reading === "check" });
  if (reading === "apply" && after.metadata.resourceVersion === before.metadata.resourceVersion) return same;
  const differs = differences(before, after);
  return differs.length === 0 ? same : { state: "changed", differs };
};

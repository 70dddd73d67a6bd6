import type { ObjectChange } from "../../changes/change.ts";
import type { Doors, ObjectRecord } from "../../engine/doors.ts";
import { reconcile } from "../../kube/reconcile.ts";
import type { Kube } from "../../kube/types.ts";
import type { Context } from "../../phases/context.ts";
import type { Bundles } from "../context.ts";

/** How many objects are applied at once. */
const objectsAtOnce = 16;

/** A namespace stands before what is in it. */
const isNamespace = ({ object }: ObjectChange): boolean => object.kind === "Namespace";

/** How a run reaches the hosts of a cluster, its API, and the content of the bundles. */
export const clusterDoors = (context: Context, bundles: Bundles): Doors => ({
  host: context.door,
  applyObjects: async (changes, signal, reading) => {
    // Told before the first object is: there may be no API yet.
    const kube = context.learned.get("kube");
    const records = new Map<ObjectChange, ObjectRecord>();
    const apply = async (change: ObjectChange): Promise<void> => {
      records.set(change, await applyOne(kube, change, signal, reading));
    };
    for (const group of [changes.filter(isNamespace), changes.filter((change) => !isNamespace(change))]) {
      const queue = [...group];
      const work = async (): Promise<void> => {
        for (let next = queue.shift(); next; next = queue.shift()) await apply(next);
      };
      await Promise.all(Array.from({ length: objectsAtOnce }, work));
    }
    return changes.map((change) => records.get(change) ?? { state: "failed", detail: "it was not applied" });
  },
  readBlob: async function* (blob, offset) {
    const bundle = bundles.all.find((candidate) => candidate.holds(blob));
    if (!bundle) throw new Error(`no bundle holds ${blob.digest}`);
    // Nothing leaves this machine unverified; each blob is read for it once.
    await bundle.verify([blob]);
    yield* bundle.read(blob, offset);
  },
});

const applyOne = async (kube: Kube, change: ObjectChange, signal: AbortSignal, reading: "check" | "apply"): Promise<ObjectRecord> => {
  try {
    const { state, differs } = await reconcile(kube, change, reading, { signal });
    return { state: state === "same" ? "same" : "changed", detail: differs.join("\n") };
  } catch (error) {
    signal.throwIfAborted();
    return { state: "failed", detail: error instanceof Error ? error.message : String(error) };
  }
};

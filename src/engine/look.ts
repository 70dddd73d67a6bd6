import { type BlobRef, blobsOf } from "../changes/change.ts";
import { type Bench, type EarlyLook, hostChanges } from "./bench.ts";
import type { Unit } from "./graph.ts";

/**
 * One check message for all early units of a host, unless none of them brings content: then they go there at once. What is as wished need not be
 * touched again; blobs of what differs are put on their way, in the order in which they will be needed. Those of units that stand behind one which
 * is not early are wanted when that one is done: until then it has the host's and this machine's processors to itself.
 * @param units all units of one host.
 */
export const looksEarly = async <Context>(
  all: readonly Unit<Context>[],
  bench: Bench<Context>,
  seen: Map<string, EarlyLook>,
): Promise<void> => {
  const units = all.filter(({ phase }) => phase.early);
  const host = units[0]?.host;
  if (host === undefined) return;
  const isBehind = standsBehind(all);
  const { context, doors, ticket, signal } = bench.input;
  const wishes = units.map((unit) => ({ unit, changes: hostChanges(unit.phase.wish?.(context, unit.host) ?? []) }));
  const changes = wishes.flatMap((wish) => wish.changes);
  if (!changes.some((change) => blobsOf(change).length > 0)) return;
  const { records } = await doors.host(host).send({ kind: "change", reading: "check", ticket, changes, closes: true }, { signal });
  const later: BlobRef[] = [];
  let next = 0;
  for (const wish of wishes) {
    const states = records.slice(next, next + wish.changes.length);
    next += wish.changes.length;
    seen.set(wish.unit.key, {
      changes: wish.changes,
      allSame: states.length === wish.changes.length && states.every((record) => record.state === "same"),
    });
    const missing = wish.changes.filter((_, index) => states[index]?.state !== "same").flatMap(blobsOf);
    if (isBehind(wish.unit)) later.push(...missing);
    else bench.staging(host).want(missing);
  }
  bench.staging(host).wantLater(later);
};

/** Whether a unit needs, directly or not, one of its host that is not early. */
const standsBehind = <Context>(units: readonly Unit<Context>[]): ((unit: Unit<Context>) => boolean) => {
  const byKey = new Map(units.map((unit) => [unit.key, unit]));
  const isBehind = (unit: Unit<Context>): boolean =>
    unit.needsDone.some((key) => {
      const needed = byKey.get(key);
      return needed !== undefined && (needed.phase.early !== true || isBehind(needed));
    });
  return isBehind;
};

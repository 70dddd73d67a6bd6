import { blobsOf } from "../changes/change.ts";
import { type Bench, type EarlyLook, hostChanges } from "./bench.ts";
import type { Unit } from "./graph.ts";

/**
 * One check message for all early units of a host. What is as wished need not be touched again; blobs of what differs are put on their way,
 * in the order in which they will be needed.
 */
export const looksEarly = async <Context>(
  units: readonly Unit<Context>[],
  bench: Bench<Context>,
  seen: Map<string, EarlyLook>,
): Promise<void> => {
  const host = units[0]?.host;
  if (host === undefined) return;
  const { context, doors, ticket, signal } = bench.input;
  const wishes = units.map((unit) => ({ unit, changes: hostChanges(unit.phase.wish?.(context, unit.host) ?? []) }));
  const changes = wishes.flatMap((wish) => wish.changes);
  const { records } = await doors.host(host).send({ kind: "change", reading: "check", ticket, changes }, { signal });
  let next = 0;
  for (const wish of wishes) {
    const states = records.slice(next, next + wish.changes.length);
    next += wish.changes.length;
    seen.set(wish.unit.key, {
      changes: wish.changes,
      allSame: states.length === wish.changes.length && states.every((record) => record.state === "same"),
    });
    const missing = wish.changes.filter((_, index) => states[index]?.state !== "same");
    bench.staging(host).want(missing.flatMap(blobsOf));
  }
};

import { type BlobRef, blobsOf, type Change, changeId, type HostChange, type ObjectChange } from "../changes/change.ts";
import { UserError } from "../shared/errors.ts";
import { type Bench, hostChanges } from "./bench.ts";
import type { Unit } from "./graph.ts";

/** How many changes a unit has made: counted as they are told, since a unit that fails has made some, too. */
export interface Tally {
  changed: number;
}

/**
 * One unit: its wish is fulfilled, then its act runs.
 * @param onQueued called when all that it does stands in its queue.
 */
export const performUnit = async <Context>(
  unit: Unit<Context>,
  bench: Bench<Context>,
  tally: Tally,
  onQueued: () => void,
): Promise<void> => {
  const { context } = bench.input;
  const look = bench.seen.get(unit.key);
  const wish = look?.changes ?? unit.phase.wish?.(context, unit.host) ?? [];
  const objects = wish.filter((change) => change.kind === "object");
  if (objects.length > 0 && unit.needsQueued.size > 0)
    throw new Error(`${unit.phase.id} applies objects, so it must need other phases on "first", not "here"`);
  if (look?.allSame) tellSame(unit, wish, bench);
  else await fulfilOnHost(unit, hostChanges(wish), bench, tally, objects.length === 0 ? onQueued : () => undefined);
  await fulfilObjects(unit, objects, bench, tally);
  await runAct(unit, bench, tally);
};

const tellSame = <Context>(unit: Unit<Context>, changes: readonly Change[], { input: { bus } }: Bench<Context>): void => {
  for (const change of changes)
    bus.emit({ type: "change", phase: unit.phase.id, host: unit.host, change: changeId(change), state: "same" });
};

/** What the first look found in place was not wanted, and is not waited for. */
const awaitContent = async <Context>(unit: Unit<Context>, blobs: readonly BlobRef[], { staging, input }: Bench<Context>): Promise<void> => {
  if (blobs.length === 0) return;
  const names = { phase: unit.phase.id, host: unit.host };
  input.bus.emit({ type: "waiting", ...names, reason: "its content to arrive", content: true });
  await staging(unit.host).ready(blobs);
  input.bus.emit({ type: "working", ...names });
};

const follows = (change: Change): boolean => change.kind === "command" && change.follows === true;

const fulfilOnHost = async <Context>(
  unit: Unit<Context>,
  changes: readonly HostChange[],
  bench: Bench<Context>,
  tally: Tally,
  onQueued: () => void,
): Promise<void> => {
  if (changes.length === 0) return;
  await awaitContent(unit, changes.flatMap(blobsOf), bench);
  const fulfilled = bench.lane(unit.host, unit.phase.lane ?? "main").enqueue(changes, (record, change) => {
    const state = follows(change) && record.state === "changed" ? "same" : record.state;
    if (state === "changed") tally.changed++;
    const detail = record.output.toString();
    bench.input.bus.emit({
      type: "change",
      phase: unit.phase.id,
      host: unit.host,
      change: changeId(change),
      state,
      ...(detail && { detail }),
    });
  });
  onQueued();
  await fulfilled;
};

const fulfilObjects = async <Context>(
  unit: Unit<Context>,
  objects: readonly ObjectChange[],
  { input }: Bench<Context>,
  tally: Tally,
): Promise<void> => {
  if (objects.length === 0) return;
  const records = await input.doors.applyObjects(objects, input.signal, "apply");
  for (const [index, { state, detail }] of records.entries()) {
    const object = objects[index];
    if (!object) continue;
    if (state === "changed") tally.changed++;
    input.bus.emit({ type: "change", phase: unit.phase.id, host: unit.host, change: changeId(object), state, ...(detail && { detail }) });
  }
  const failed = records.findIndex((record) => record.state === "failed");
  const object = objects[failed];
  if (object)
    throw new UserError(`${changeId(object)} could not be applied`, {
      exit: "phase",
      host: unit.host,
      output: records[failed]?.detail ?? "",
    });
};

const runAct = async <Context>(unit: Unit<Context>, { input: { bus, context, signal } }: Bench<Context>, tally: Tally): Promise<void> => {
  const names = { phase: unit.phase.id, host: unit.host };
  const outcome = await unit.phase.act?.(context, unit.host, {
    signal,
    waiting: (reason) => bus.emit({ type: "waiting", ...names, reason }),
    warn: (text) => bus.emit({ type: "warning", host: unit.host, text }),
  });
  for (const change of outcome?.changed ?? []) bus.emit({ type: "change", ...names, change, state: "changed" });
  tally.changed += outcome?.changed.length ?? 0;
};

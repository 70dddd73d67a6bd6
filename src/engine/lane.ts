import { changeId, type HostChange } from "../changes/change.ts";
import type { Lane, Record, Ticket } from "../changes/message.ts";
import { UserError } from "../shared/errors.ts";
import type { Doors } from "./doors.ts";
import type { Limit } from "./limit.ts";

type Hear = (record: Record, change: HostChange) => void;

interface Failed {
  readonly error: unknown;
}

interface Waiting {
  readonly changes: readonly HostChange[];
  readonly hear: Hear;
  readonly settled: PromiseWithResolvers<void>;
}

/** The queue of one host: whatever is ready when the host is free goes as one message. */
export interface LaneQueue {
  /** Resolves when all changes are made or found made; rejects with the failure of one of them, or of one before them: after a failure nothing is sent. */
  readonly enqueue: (changes: readonly HostChange[], hear: Hear) => Promise<void>;
}

interface Tools {
  readonly doors: Doors;
  readonly ticket: Ticket;
  readonly signal: AbortSignal;
  readonly limit: Limit;
}

export const createLane = (host: string, lane: Lane, tools: Tools): LaneQueue => {
  const queue: Waiting[] = [];
  let busy = false;
  let failed: Failed | undefined;
  const pump = async (): Promise<void> => {
    if (busy) return;
    busy = true;
    // Units that become ready by the same event, or by one another's place in the queue, are all in it before the first message leaves.
    await new Promise((resolve) => setImmediate(resolve));
    while (queue.length > 0 && failed === undefined) failed = await tools.limit(() => sendTogether(host, lane, queue.splice(0), tools));
    // What stands behind a failure may build on what it should have made.
    for (const { settled } of queue.splice(0)) settled.reject(failed?.error);
    busy = false;
  };
  return {
    enqueue: (changes, hear) => {
      const settled = Promise.withResolvers<void>();
      queue.push({ changes, hear, settled });
      void pump();
      return settled.promise;
    },
  };
};

/** Sends what is in a batch, and settles it. @returns the failure, if there was one. */
const sendTogether = async (
  host: string,
  lane: Lane,
  batch: readonly Waiting[],
  { doors, ticket, signal }: Tools,
): Promise<Failed | undefined> => {
  const changes = batch.flatMap((waiting) => waiting.changes);
  const owners = batch.flatMap((waiting) => waiting.changes.map(() => waiting));
  const left = new Map(batch.map((waiting) => [waiting, waiting.changes.length]));
  const found: { error?: UserError } = {};
  const hear = (record: Record): void => {
    const change = changes[record.index];
    const owner = owners[record.index];
    if (!change || !owner) return;
    owner.hear(record, change);
    if (record.state === "failed") {
      found.error = failure(host, change, record);
      return owner.settled.reject(found.error);
    }
    const rest = (left.get(owner) ?? 0) - 1;
    left.set(owner, rest);
    if (rest === 0) owner.settled.resolve();
  };
  try {
    const { records } = await doors
      .host(host)
      .send({ kind: "change", reading: "apply", ticket, changes, lane }, { signal, onRecord: hear });
    if (records.length < changes.length)
      found.error ??= new UserError("the host answered only a part of a message", { exit: "phase", host });
  } catch (thrown) {
    for (const { settled } of batch) settled.reject(thrown);
    return { error: thrown };
  }
  const { error } = found;
  if (error === undefined) return undefined;
  for (const { settled } of batch) settled.reject(error);
  return { error };
};

const failure = (host: string, change: HostChange, record: Record): UserError =>
  new UserError(`${changeId(change)} could not be made so`, {
    exit: "phase",
    host,
    output: record.output.toString(),
    ...(change.kind === "command" && { command: change.apply }),
  });

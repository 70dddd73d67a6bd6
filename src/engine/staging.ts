import type { BlobRef } from "../changes/change.ts";
import type { Ticket } from "../changes/message.ts";
import { UserError } from "../shared/errors.ts";
import type { Doors } from "./doors.ts";
import type { Bus } from "./events.ts";
import type { Limit } from "./limit.ts";

/** Milliseconds in which all blobs of a host must have arrived: 1 GiB at 300 KiB/s. */
const stagingTimeout = 3_600_000;

/** Milliseconds between two words about how far it is: as often as a person can see. */
const tellEvery = 100;

/** The blobs of one host: sent once each, in the order in which they were first asked for, over one channel at a time. */
export interface Staging {
  /** Sees to it that these blobs are sent. */
  readonly want: (blobs: readonly BlobRef[]) => void;
  /**
   * The same, over the same channel, but not before somebody waits for one of them; then for all of them, so that their changes go together. Of a
   * host that takes too few messages at once the channel is given back meanwhile, and they go by a message of their own.
   */
  readonly wantLater: (blobs: readonly BlobRef[]) => void;
  /** Resolves when these blobs, wanted before, are on the host and verified there. */
  readonly ready: (blobs: readonly BlobRef[]) => Promise<void>;
  /** Resolves once nothing is wanted now that is not there. */
  readonly idle: () => Promise<void>;
  /** Nobody will wait for anything any more. */
  readonly stop: () => void;
}

interface Tools {
  readonly doors: Doors;
  readonly bus: Bus;
  readonly ticket: Ticket;
  readonly signal: AbortSignal;
  readonly limit: Limit;
  /** Nothing is sent before this. */
  readonly after: Promise<unknown>;
}

/** Resolves when the signal aborts. */
const abortOf = (signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted) resolve();
    signal?.addEventListener("abort", () => resolve(), { once: true });
  });

export const createStaging = (host: string, tools: Tools): Staging => {
  const arrivals = new Map<string, PromiseWithResolvers<void>>();
  const queue: BlobRef[] = [];
  let busy = false;
  let total = 0;
  let told = 0;

  const tell = (sent: number): void => {
    const now = Date.now();
    if (sent < total && now - told < tellEvery) return;
    told = now;
    tools.bus.emit({ type: "bytes", host, sent, total });
  };

  const later = new Set<string>();
  const gate = Promise.withResolvers<void>();
  gate.promise.catch(() => undefined);
  let isOpen = false;
  /** Content for later whose message has ended before anybody waited for it. */
  const leftOut: BlobRef[] = [];

  const putOff = (blob: BlobRef): void => {
    total -= blob.size;
    (isOpen ? queue : leftOut).push(blob);
  };

  /** What one message brings, and what of it is left out. */
  const createReader = (crowded: Promise<void>) => {
    let isCut = false;
    async function* readLater(blob: BlobRef, offset: number): AsyncGenerator<Uint8Array> {
      await Promise.race([gate.promise, crowded]);
      // Nothing may follow a blob that was left out: the host would take it for that one.
      isCut ||= !isOpen;
      if (!isCut) yield* tools.doors.readBlob(blob, offset);
    }
    const read: Doors["readBlob"] = (blob, offset) => (later.has(blob.digest) ? readLater : tools.doors.readBlob)(blob, offset);
    return { read, leavesOut: ({ digest }: BlobRef): boolean => isCut && later.has(digest) };
  };

  const sendQueue = async (): Promise<void> => {
    const blobs = queue.splice(0);
    let sentBefore = total;
    for (const blob of blobs) total += blob.size;
    const door = tools.doors.host(host);
    const { read, leavesOut } = createReader(abortOf(door.crowded));
    await door.send(
      { kind: "blobs", ticket: tools.ticket, blobs, read },
      {
        signal: tools.signal,
        timeout: stagingTimeout,
        onBytes: (sent) => tell(sentBefore + sent),
        onRecord: ({ index, state, output }) => {
          const blob = blobs[index];
          if (!blob || leavesOut(blob)) return;
          const arrival = arrivals.get(blob.digest);
          if (state === "failed")
            arrival?.reject(new UserError("content could not be stored", { exit: "phase", host, output: output.toString() }));
          else arrival?.resolve();
        },
      },
    );
    sentBefore = total;
    for (const blob of blobs) {
      if (leavesOut(blob)) putOff(blob);
      else arrivals.get(blob.digest)?.reject(new UserError(`${blob.digest} did not arrive`, { exit: "phase", host }));
    }
  };

  const pump = async (): Promise<void> => {
    if (busy) return;
    busy = true;
    try {
      await tools.after;
      while (queue.length > 0) await tools.limit(sendQueue);
    } catch (error) {
      for (const arrival of arrivals.values()) arrival.reject(error);
    } finally {
      busy = false;
    }
  };

  const want = (blobs: readonly BlobRef[], isLater = false): void => {
    for (const blob of blobs) {
      if (arrivals.has(blob.digest)) continue;
      const arrival = Promise.withResolvers<void>();
      arrival.promise.catch(() => undefined);
      arrivals.set(blob.digest, arrival);
      if (isLater) later.add(blob.digest);
      queue.push(blob);
    }
    void pump();
  };

  const arrived = async (digest: string): Promise<void> => await arrivals.get(digest)?.promise;

  return {
    want: (blobs) => want(blobs),
    wantLater: (blobs) => want(blobs, true),
    ready: async (blobs) => {
      const digests = new Set(blobs.map(({ digest }) => digest));
      if (blobs.some(({ digest }) => later.has(digest))) {
        isOpen = true;
        gate.resolve();
        queue.push(...leftOut.splice(0));
        void pump();
        for (const digest of later) digests.add(digest);
      }
      await Promise.all([...digests].map(arrived));
    },
    idle: async () => {
      await Promise.allSettled([...arrivals.keys()].filter((digest) => !later.has(digest)).map(arrived));
    },
    stop: () => gate.reject(new Error("the run has ended")),
  };
};

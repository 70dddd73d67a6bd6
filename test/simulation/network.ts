import { setTimeout as sleep } from "node:timers/promises";

/** What all hosts share: the way out of the operator's machine. */
export interface Uplink {
  /** Waits until so many bytes have gone through, to a host that takes at most so many in a second. */
  readonly send: (bytes: number, perSecond: number) => Promise<void>;
  /** Bytes so far. */
  readonly sent: () => number;
}

/** Transfers pass one after the other, each at the line's full speed: a host of its own speed need not hold the others up. */
export const createUplink = (perSecond: number): Uplink => {
  let [freeAt, sent] = [0, 0];
  return {
    send: async (bytes, hostPerSecond) => {
      const now = Date.now();
      freeAt = Math.max(now, freeAt) + (bytes / perSecond) * 1000;
      sent += bytes;
      await sleep(onGrid(Math.max(freeAt - now, (bytes / hostPerSecond) * 1000)));
    },
    sent: () => sent,
  };
};

/** Milliseconds into which moments are gathered: what happens at one moment is told apart by its order alone, and costs the simulation less. */
const grid = 5;

export const onGrid = (milliseconds: number): number => Math.max(grid, Math.ceil(milliseconds / grid) * grid);

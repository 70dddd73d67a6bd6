import type { RunModel } from "./model.ts";

/** Fewer hosts say nothing of what is usual. */
const fewest = 5;
/** Times the usual, and milliseconds beyond it, from which on a host is called slow. */
const slow = { times: 5, beyond: 30_000 } as const;

export interface SlowHost {
  readonly host: string;
  /** Milliseconds for which it was at work on what it was sent, waiting for its turn not counted. */
  readonly busy: number;
  /** The same of the host in the middle. */
  readonly usual: number;
}

/** Hosts that took far longer than others for what they were sent. A control plane, of which more is wanted, is not called slow for that. */
export const slowHosts = ({ busy }: RunModel): readonly SlowHost[] => {
  const sorted = [...busy.values()].toSorted((a, b) => a - b);
  const usual = sorted[Math.floor((sorted.length - 1) / 2)];
  if (usual === undefined || sorted.length < fewest) return [];
  const limit = Math.max(usual * slow.times, usual + slow.beyond);
  return [...busy].filter(([, time]) => time > limit).map(([host, time]) => ({ host, busy: time, usual }));
};

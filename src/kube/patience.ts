import { setTimeout as sleep } from "node:timers/promises";
import { KubeError } from "./error.ts";

/** Milliseconds before the second try, doubled for each further one. */
const firstPause = 250;
/** A try may cost an SSH channel: a server that restarts for ten seconds is asked some six times. */
const longestPause = 4000;

/** A wait that ends early, with the signal's reason. */
export const pause = async (milliseconds: number, signal: AbortSignal): Promise<void> => {
  signal.throwIfAborted();
  await sleep(milliseconds, undefined, { signal }).catch((error: unknown) => {
    throw signal.aborted ? signal.reason : error;
  });
};

/**
 * Tries until it succeeds, fails for a reason that time does not cure, or would have to wait beyond `patience` ms.
 * @throws the last try's error, or `signal.reason`.
 */
export const patiently = async <T>(patience: number, signal: AbortSignal, work: () => Promise<T>): Promise<T> => {
  const end = performance.now() + patience;
  for (let backoff = firstPause; ; backoff = Math.min(longestPause, 2 * backoff)) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof KubeError) || !error.transient) throw error;
      const wait = error.retryAfter ?? backoff;
      if (performance.now() + wait > end) throw error;
      await pause(wait, signal);
    }
  }
};

/** Lets so many at a time through, the others in order. */
export const gate = (places: number): (<T>(work: () => Promise<T>) => Promise<T>) => {
  let free = places;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
};

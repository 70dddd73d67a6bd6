/** Lets at most so many callers in at once; the others wait in line. */
export interface Gate {
  /** Resolves with the function that leaves again (calling it twice does no harm). Rejects with the signal's reason. */
  enter(signal?: AbortSignal): Promise<() => void>;
  /** Lowers the limit to the count of those who are inside now, and raises it again step by step: more may fit in later. Gives that count; for none it does nothing. */
  lower(): number;
}

/** @param raiseEvery milliseconds until a lowered limit is raised by one */
export const createGate = (most: number, raiseEvery = 30_000): Gate => {
  const waiting = new Set<() => void>();
  let limit = most;
  let inside = 0;
  let raising: NodeJS.Timeout | undefined;

  const admit = (): void => {
    const [first] = waiting;
    if (first === undefined || inside >= limit) return;
    waiting.delete(first);
    inside++;
    first();
  };

  const raiseLater = (): void => {
    clearTimeout(raising);
    if (limit === most) return;
    raising = setTimeout(() => {
      limit++;
      admit();
      raiseLater();
    }, raiseEvery).unref();
  };

  const leaveOnce = (): (() => void) => {
    let left = false;
    return () => {
      if (left) return;
      left = true;
      inside--;
      admit();
    };
  };

  const enter = (signal?: AbortSignal): Promise<() => void> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const giveUp = (): void => {
        waiting.delete(come);
        reject(signal?.reason);
      };
      const come = (): void => {
        signal?.removeEventListener("abort", giveUp);
        resolve(leaveOnce());
      };
      signal?.addEventListener("abort", giveUp, { once: true });
      waiting.add(come);
      admit();
    });

  return {
    enter,
    lower: () => {
      if (inside === 0) return 0;
      limit = Math.min(limit, inside);
      raiseLater();
      return inside;
    },
  };
};

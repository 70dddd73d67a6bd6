/** Lets at most so many callers in at once; the others wait in line. */
export interface Gate {
  /** Resolves with the function that leaves again (calling it twice does no harm). Rejects with the signal's reason. */
  enter(signal?: AbortSignal): Promise<() => void>;
  /** Lowers the limit to the count of those who are inside now. False when nobody is. */
  lower(): boolean;
  readonly inside: number;
}

export const createGate = (limit: number): Gate => {
  const waiting = new Set<() => void>();
  let inside = 0;

  const admit = (): void => {
    const [first] = waiting;
    if (first === undefined || inside >= limit) return;
    waiting.delete(first);
    inside++;
    first();
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
      if (inside === 0) return false;
      limit = Math.min(limit, inside);
      return true;
    },
    get inside() {
      return inside;
    },
  };
};

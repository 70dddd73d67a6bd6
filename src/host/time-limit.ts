/** A time limit that does not run while a person is being asked. */
export interface TimeLimit {
  /** Aborts, with the reason given, when the time is over. */
  readonly signal: AbortSignal;
  /** Stops the clock while the work runs. */
  pause<T>(work: () => Promise<T>): Promise<T>;
  stop(): void;
}

/** @param milliseconds how long; the reason is made only when the limit is hit */
export const timeLimit = (milliseconds: number, reason: () => unknown): TimeLimit => {
  const controller = new AbortController();
  let left = milliseconds;
  let started = 0;
  let timer: NodeJS.Timeout | undefined;
  let pauses = 0;
  let stopped = false;

  const run = (): void => {
    started = performance.now();
    timer = setTimeout(() => controller.abort(reason()), left);
  };
  const hold = (): void => {
    clearTimeout(timer);
    left -= performance.now() - started;
  };

  run();
  return {
    signal: controller.signal,
    async pause(work) {
      if (pauses++ === 0) hold();
      try {
        return await work();
      } finally {
        if (--pauses === 0 && !stopped) run();
      }
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
};

/** The promise, or the reason of the first signal that aborts before it settles. What the promise does later is ignored. */
export const orAborted = async <T>(promise: Promise<T>, ...signals: readonly (AbortSignal | undefined)[]): Promise<T> => {
  const live = signals.filter((signal) => signal !== undefined);
  if (live.length === 0) return promise;
  const any = AbortSignal.any(live);
  promise.catch(() => undefined);
  any.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(any.reason);
  any.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    any.removeEventListener("abort", stop);
  }
};

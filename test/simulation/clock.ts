import { createHook } from "node:async_hooks";
import { syncBuiltinESMExports } from "node:module";
import timersPromises from "node:timers/promises";

const real = {
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  setInterval: globalThis.setInterval,
  clearInterval: globalThis.clearInterval,
  setImmediate: globalThis.setImmediate,
  sleep: timersPromises.setTimeout,
  now: Date.now,
  performanceNow: performance.now.bind(performance),
  abortTimeout: AbortSignal.timeout.bind(AbortSignal),
};

/** Turns of the real event loop without any timer being set after which nothing more is taken to be under way. */
const quietTurns = 32;

/** Real milliseconds without anything to wait for after which a simulation has got stuck. */
const stuckAfter = 30_000;

interface Timer {
  at: number;
  readonly nth: number;
  readonly fire: () => void;
  readonly every: number | undefined;
  isOver: boolean;
}

/** The timers that wait, soonest first; of two for the same moment, the one that was set first. A binary heap. */
const createHeap = () => {
  const heap: Timer[] = [];
  const isBefore = (a: Timer, b: Timer): boolean => a.at < b.at || (a.at === b.at && a.nth < b.nth);
  const swap = (a: number, b: number): void => {
    const [one, other] = [heap[a], heap[b]];
    if (one && other) [heap[a], heap[b]] = [other, one];
  };
  const before = (a: number, b: number): boolean => {
    const [one, other] = [heap[a], heap[b]];
    return one !== undefined && other !== undefined && isBefore(one, other);
  };
  const sink = (from: number): void => {
    for (let at = from; ; ) {
      const left = 2 * at + 1;
      const least = [left, left + 1].reduce((best, child) => (before(child, best) ? child : best), at);
      if (least === at) return;
      swap(at, least);
      at = least;
    }
  };
  return {
    push: (timer: Timer): void => {
      heap.push(timer);
      for (let at = heap.length - 1; at > 0 && before(at, (at - 1) >> 1); at = (at - 1) >> 1) swap(at, (at - 1) >> 1);
    },
    first: (): Timer | undefined => heap[0],
    shift: (): void => {
      swap(0, heap.length - 1);
      heap.pop();
      sink(0);
    },
  };
};

/** What `setTimeout` gives back. Whether it keeps the process alive is all the same here. */
const handleOf = (timer: Timer) => {
  const handle = { timer, ref: () => handle, unref: () => handle, hasRef: () => true };
  return handle;
};

const createTime = () => {
  const heap = createHeap();
  const start = real.now();
  let [now, count] = [0, 0];
  const set = (fire: () => void, delay: number, every?: number): Timer => {
    const timer: Timer = { at: now + Math.max(1, Math.ceil(delay) || 1), nth: count++, fire, every, isOver: false };
    heap.push(timer);
    return timer;
  };
  /** Goes to the next moment for which something waits, and lets all of that moment happen. False when nothing waits. */
  const step = (): boolean => {
    while (heap.first()?.isOver) heap.shift();
    const at = heap.first()?.at;
    if (at === undefined) return false;
    now = Math.max(now, at);
    for (let timer = heap.first(); timer !== undefined && timer.at <= now; timer = heap.first()) {
      heap.shift();
      if (timer.isOver) continue;
      if (timer.every === undefined) timer.isOver = true;
      else {
        timer.at = now + timer.every;
        heap.push(timer);
      }
      timer.fire();
    }
    return true;
  };
  return { set, step, now: () => now, date: () => start + now, count: () => count };
};

type Time = ReturnType<typeof createTime>;

const clear = (handle: unknown): void => {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it is one of ours
  if (typeof handle === "object" && handle !== null && "timer" in handle) (handle.timer as Timer).isOver = true;
};

const sleep = (time: Time) => {
  return <T>(delay?: number, value?: T, options: { readonly signal?: AbortSignal } = {}): Promise<T | undefined> =>
    new Promise((resolve, reject) => {
      const { signal } = options;
      if (signal?.aborted) return reject(new DOMException("The operation was aborted", "AbortError"));
      const stop = (): void => {
        timer.isOver = true;
        reject(new DOMException("The operation was aborted", "AbortError"));
      };
      const timer = time.set(() => {
        signal?.removeEventListener("abort", stop);
        resolve(value);
      }, delay ?? 1);
      signal?.addEventListener("abort", stop, { once: true });
    });
};

const install = (time: Time): (() => void) => {
  const timeout = (fire: (...values: unknown[]) => void, delay = 1, ...values: unknown[]) =>
    handleOf(time.set(() => fire(...values), delay));
  const interval = (fire: (...values: unknown[]) => void, delay = 1, ...values: unknown[]) =>
    handleOf(time.set(() => fire(...values), delay, Math.max(1, delay)));
  const abortTimeout = (delay: number): AbortSignal => {
    const controller = new AbortController();
    time.set(() => controller.abort(new DOMException("The operation was aborted due to timeout", "TimeoutError")), delay);
    return controller.signal;
  };
  const fakes = { setTimeout: timeout, clearTimeout: clear, setInterval: interval, clearInterval: clear };
  Object.assign(globalThis, fakes);
  Object.assign(AbortSignal, { timeout: abortTimeout });
  Object.assign(timersPromises, { setTimeout: sleep(time) });
  Date.now = time.date;
  performance.now = time.now;
  syncBuiltinESMExports();
  return () => {
    const { setTimeout, clearTimeout, setInterval, clearInterval } = real;
    Object.assign(globalThis, { setTimeout, clearTimeout, setInterval, clearInterval });
    Object.assign(AbortSignal, { timeout: real.abortTimeout });
    Object.assign(timersPromises, { setTimeout: real.sleep });
    Date.now = real.now;
    performance.now = real.performanceNow;
    syncBuiltinESMExports();
  };
};

const turn = (): Promise<void> => new Promise((resolve) => real.setImmediate(resolve));

/** Keys that other threads are making: while they are at it the loop looks idle. */
const watchJobs = () => {
  const jobs = new Set<number>();
  const hook = createHook({
    init: (id, type) => void (type.endsWith("GENREQUEST") && jobs.add(id)),
    before: (id) => void jobs.delete(id),
    // Counting promises, too, would cost more than all the rest.
    trackPromises: false,
  }).enable();
  return { isBusy: () => jobs.size > 0, end: () => hook.disable() };
};

type Jobs = ReturnType<typeof watchJobs>;

/** Files, too, are read by other threads. */
const awaitsOthers = (jobs: Jobs): boolean =>
  jobs.isBusy() || process.getActiveResourcesInfo().some((name) => /^FSReq|^CloseReq/.test(name));

/** Lets everything happen that takes no time. */
const settle = async (time: Time, jobs: Jobs): Promise<void> => {
  for (let [quiet, count] = [0, time.count()]; quiet < quietTurns || awaitsOthers(jobs); quiet++) {
    await turn();
    if (time.count() !== count || quiet >= quietTurns) [quiet, count] = [0, time.count()];
  }
};

/**
 * Does work in a time of its own: every timer of this process waits for a clock that stands still while something is under way, and then goes on
 * to the next moment for which anything waits. An hour of waiting costs nothing, and what happens at which moment is the same every time.
 * @returns what the work gives, and how long it took, in milliseconds of that clock.
 */
export const inVirtualTime = async <T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly took: number }> => {
  const time = createTime();
  const restore = install(time);
  const jobs = watchJobs();
  const state = { isOver: false };
  const workThen = async (): Promise<T> => {
    try {
      return await work();
    } finally {
      state.isOver = true;
    }
  };
  try {
    const running = workThen();
    running.catch(() => undefined);
    let idleSince = real.now();
    while (!state.isOver) {
      await settle(time, jobs);
      if (state.isOver || time.step()) idleSince = real.now();
      else if (real.now() - idleSince > stuckAfter) throw new Error("the simulation is stuck: nothing waits for any moment");
      else await real.sleep(0.5);
    }
    return { result: await running, took: time.now() };
  } finally {
    jobs.end();
    restore();
  }
};

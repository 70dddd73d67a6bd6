/** Milliseconds for which each host that goes ahead has this machine's uplink to itself, at most. What is sent in all, and so the time for it, stays the same. */
const headStart = 30_000;

/** In which order hosts get their content. */
export interface Turns {
  /** Resolves when a host's content may be sent. */
  readonly of: (host: string) => Promise<unknown>;
  /** All that a host wanted now is there, or will not come. */
  readonly over: (host: string) => void;
}

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });

/** One after another those that go ahead, then all others at once: they wait for what the former bring up, and find it running. */
export const createTurns = (ahead: readonly string[]): Turns => {
  const own = new Map<string, { readonly turn: Promise<unknown>; readonly over: () => void }>();
  let next: Promise<unknown> = Promise.resolve();
  for (const host of ahead) {
    const { promise, resolve } = Promise.withResolvers<void>();
    own.set(host, { turn: next, over: resolve });
    next = next.then(() => Promise.race([promise, pause(headStart)]));
  }
  const others = next;
  return { of: (host) => own.get(host)?.turn ?? others, over: (host) => own.get(host)?.over() };
};

/** Runs at most `most` tasks at once; the others wait in order, those that are wanted first before all others. */
export const createLimit = (most: number) => {
  let running = 0;
  const urgent: (() => void)[] = [];
  const queue: (() => void)[] = [];
  return async <T>(task: () => Promise<T>, place: "first" | "in order" = "in order"): Promise<T> => {
    if (running >= most) await new Promise<void>((resolve) => (place === "first" ? urgent : queue).push(resolve));
    else running++;
    try {
      return await task();
    } finally {
      const next = urgent.shift() ?? queue.shift();
      if (next) next();
      else running--;
    }
  };
};

export type Limit = ReturnType<typeof createLimit>;

interface Visit {
  tasks: number;
  readonly entered: Promise<void>;
  readonly leave: () => void;
}

/**
 * At most `most` hosts at once, each for as many tasks as there are for it: a host's long task in one lane must not keep it from a short one in
 * another.
 */
export const createHostLimit = (most: number) => {
  const limit = createLimit(most);
  const visits = new Map<string, Visit>();
  const visit = (place: "first" | "in order"): Visit => {
    const { promise: over, resolve: leave } = Promise.withResolvers<void>();
    const { promise: entered, resolve: enter } = Promise.withResolvers<void>();
    void limit(() => {
      enter();
      return over;
    }, place);
    return { tasks: 0, entered, leave };
  };
  return async <T>(host: string, task: () => Promise<T>, place: "first" | "in order" = "in order"): Promise<T> => {
    const own = visits.get(host) ?? visit(place);
    visits.set(host, own);
    own.tasks++;
    try {
      await own.entered;
      return await task();
    } finally {
      own.tasks--;
      if (own.tasks === 0) {
        visits.delete(host);
        own.leave();
      }
    }
  };
};

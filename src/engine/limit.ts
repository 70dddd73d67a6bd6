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

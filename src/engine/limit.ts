/** Runs at most `most` tasks at once; the others wait in order. */
export const createLimit = (most: number) => {
  let running = 0;
  const queue: (() => void)[] = [];
  return async <T>(task: () => Promise<T>): Promise<T> => {
    if (running >= most) await new Promise<void>((resolve) => queue.push(resolve));
    else running++;
    try {
      return await task();
    } finally {
      const next = queue.shift();
      if (next) next();
      else running--;
    }
  };
};

export type Limit = ReturnType<typeof createLimit>;

import { readdirSync, readFileSync } from "node:fs";
import { setPriority } from "node:os";

/** How far they stand back, in steps of nice(2). */
const steps = 10;

const tasks = "/proc/self/task";

/** The threads of libuv's pool, by the name that libuv gives them. */
const poolThreads = (): readonly number[] => {
  try {
    return readdirSync(tasks)
      .filter((id) => readFileSync(`${tasks}/${id}/comm`, "utf8").startsWith("libuv-worker"))
      .map(Number);
  } catch {
    return [];
  }
};

const giveAll = (priority: number): void => {
  for (const thread of poolThreads()) {
    try {
      // Linux takes the id of a thread where it asks for a process's (setpriority(2)).
      setPriority(thread, priority);
    } catch {
      // It has ended, or who runs this may not: then all goes on as it would.
    }
  }
};

/**
 * Lets everything else on this machine go before what this process computes on libuv's threads, until `end` is settled. For work that takes a
 * processor for a second while programs are started for which somebody waits. Files are read and written on these threads, too.
 */
export const standBackUntil = (end: Promise<unknown>): void => {
  giveAll(steps);
  const back = (): void => giveAll(0);
  end.then(back, back);
};

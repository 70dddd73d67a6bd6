import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** A process that another one with the same number is not taken for. */
export interface ProcessIdentity {
  readonly pid: number;
  /** In clock ticks since boot, field 22 of /proc/PID/stat. */
  readonly startTime: string;
}

/** The start time in a line of /proc/PID/stat. The second field is a name in parentheses that may hold blanks and parentheses. */
export const startTimeOf = (stat: string): string => stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";

/** Who a process number is now; undefined when there is no such process, or only its corpse. */
export const identify = (pid: number): ProcessIdentity | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const isDead = "ZX".includes(stat.charAt(stat.lastIndexOf(")") + 2));
    return isDead ? undefined : { pid, startTime: startTimeOf(stat) };
  } catch {
    return undefined;
  }
};

export const isAlive = ({ pid, startTime }: ProcessIdentity): boolean => identify(pid)?.startTime === startTime;

/** Sends a signal to this very process, if it still lives. */
export const signalTo = (process_: ProcessIdentity, signal: NodeJS.Signals): void => {
  if (!isAlive(process_)) return;
  try {
    process.kill(process_.pid, signal);
  } catch {
    // It ended between the look and the signal.
  }
};

/** The processes of this machine, those of its lab hosts among them. */
export const everyPid = (): number[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

/** The numbers of a process's children. */
export const childrenOf = (pid: number): number[] => {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
};

/**
 * Waits until a condition holds.
 * @param timeout in milliseconds.
 * @returns whether it did in time.
 */
export const until = async (condition: () => boolean | Promise<boolean>, timeout: number, every = 50): Promise<boolean> => {
  const end = Date.now() + timeout;
  while (!(await condition())) {
    if (Date.now() > end) return false;
    await sleep(every);
  }
  return true;
};

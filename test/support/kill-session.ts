import { setTimeout as sleep } from "node:timers/promises";
import type { LabHost } from "../lab/index.ts";
import { allProcessesOf } from "./host-processes.ts";

/** Kills every process of a session on a host, whatever it starts meanwhile. Gives the names of those it killed. */
export const killSession = async (host: LabHost, session: number): Promise<string[]> => {
  const killed = new Map<number, string>();
  for (;;) {
    const members = (await allProcessesOf(host)).filter((process) => process.session === session && process.argv.length > 0);
    if (members.length === 0) return [...killed.values()];
    for (const { pid, name } of members) {
      try {
        process.kill(pid, "SIGKILL");
        killed.set(pid, name);
      } catch {
        // It ended by itself.
      }
    }
    await sleep(1);
  }
};

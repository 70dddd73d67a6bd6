import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Log } from "../../test/lab/cache.ts";
import { labBundle } from "../../test/lab/index.ts";
import { removeLab } from "../../test/lab/lab.ts";
import { withLock } from "../../test/lab/lock.ts";
import { stateDirectory } from "../../test/lab/paths.ts";
import { isAlive } from "../../test/lab/process.ts";
import { labNames, readRecord } from "../../test/lab/state.ts";

/** Builds what the lab lacks, so that no test waits for it. Says what it does, since a first time takes many minutes. */
export const prepareLab = async (log: Log): Promise<void> => {
  await labBundle(log);
};

/** Removes labs of tests that have ended. Those that a person has started stay. */
export const removeLeftovers = async (log: Log): Promise<void> => {
  if (!existsSync(stateDirectory())) return;
  await withLock(
    join(stateDirectory(), ".lock"),
    120_000,
    () => log("a lab is starting, waiting for it"),
    async () => {
      for (const name of await labNames()) {
        const record = await readRecord(name);
        if (record && (record.owner === null || isAlive(record.owner))) continue;
        log(`removing the lab ${name}, which a test has left`);
        await removeLab(name);
      }
    },
  );
};

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm, utimes } from "node:fs/promises";
import { join } from "node:path";
import { withLock } from "./lock.ts";
import { cacheDirectory } from "./paths.ts";

/** One line of progress. */
export type Log = (line: string) => void;

/** The SHA-256 of anything that JSON can say, in hexadecimal. */
const digestOf = (inputs: unknown): string => createHash("sha256").update(JSON.stringify(inputs)).digest("hex");

/** Longest wait for another process that is making the same thing: a whole cold build on a slow machine. */
const lockTimeout = 90 * 60_000;

/** The folder in which a thing made from these inputs is, or will be. */
const cachePath = (name: string, inputs: unknown): string => join(cacheDirectory(), `${name}-${digestOf(inputs).slice(0, 16)}`);

/**
 * The folder of a thing that is made once from its inputs: `make` fills an empty folder, which gets its name when it is whole.
 * One process makes at a time; what a killed one left is removed by the next.
 * @returns the folder's path.
 */
export const cached = async (name: string, inputs: unknown, log: Log, make: (directory: string) => Promise<void>): Promise<string> => {
  const path = cachePath(name, inputs);
  const now = new Date();
  if (existsSync(path)) {
    await utimes(path, now, now);
    return path;
  }
  const cache = cacheDirectory();
  const waiting = (): void => log(`${name}: another process is building, waiting for it`);
  return withLock(join(cache, `${name}.lock`), lockTimeout, waiting, async () => {
    if (existsSync(path)) return path;
    const half = `.half-${name}-`;
    for (const left of await readdir(cache)) {
      if (left.startsWith(half)) await rm(join(cache, left), { recursive: true, force: true });
    }
    const directory = join(cache, `${half}${process.pid}`);
    await mkdir(directory);
    const started = Date.now();
    log(`${name}: building`);
    try {
      await make(directory);
      await rename(directory, path);
    } catch (error) {
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
    log(`${name}: built in ${Math.round((Date.now() - started) / 1000)} s`);
    return path;
  });
};

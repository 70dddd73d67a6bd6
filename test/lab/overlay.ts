import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { command, tryCommand } from "./command.ts";
import { until } from "./process.ts";

const timeout = 20_000;
/** The kernel may have to write out a whole disk of a host first. Milliseconds. */
const leaving = 180_000;

/** Mount points at or below a folder, the deepest first, from the text of /proc/self/mounts. */
export const mountsBelow = (mounts: string, directory: string): string[] =>
  mounts
    .split("\n")
    .flatMap((line) => line.split(" ")[1]?.replaceAll("\\040", " ") ?? [])
    .filter((path) => path === directory || path.startsWith(`${directory}/`))
    .toReversed();

const mountsNow = async (directory: string): Promise<string[]> => mountsBelow(await readFile("/proc/self/mounts", "utf8"), directory);

/** Lays a writable root over shared lower folders (the topmost first); all of it lives in `directory`. Gives the root's path. */
export const mountOverlay = async (directory: string, lower: readonly string[]): Promise<string> => {
  const upper = join(directory, "upper");
  const work = join(directory, "work");
  const root = join(directory, "root");
  for (const path of [upper, work, root]) await mkdir(path, { recursive: true });
  if ((await mountsNow(root)).length > 0) return root;
  const options = `lowerdir=${lower.join(":")},upperdir=${upper},workdir=${work}`;
  await command("mount", ["-t", "overlay", "overlay", "-o", options, root], { timeout });
  return root;
};

/**
 * Lets what is mounted below a folder be unmounted everywhere at once. Each container that starts gets a copy of all mounts of this machine, out of
 * sight, and keeps a file system alive that is unmounted only here; below a mount that is shared, the copies go too.
 */
export const shareMounts = async (directory: string): Promise<void> => {
  await command("mount", ["--bind", "--make-shared", directory, directory], { timeout });
};

/** Unmounts everything at or below a folder. A command that a killed process has left behind may be at work there for a moment yet. */
export const unmountBelow = async (directory: string): Promise<void> => {
  const free = await until(async () => {
    for (const path of await mountsNow(directory)) await tryCommand("umount", [path], { timeout: leaving });
    return (await mountsNow(directory)).length === 0;
  }, leaving);
  if (!free) throw new Error(`still in use by some process: ${(await mountsNow(directory)).join(", ")}`);
};

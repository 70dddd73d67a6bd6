import { execFile } from "node:child_process";
import { access, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Milliseconds in which some 50 MB must be there. */
const fetchTimeout = 600_000;

/** Processors by Go's names, as in the names of bundles, and as Node.js calls them. */
const processors = { amd64: "x64", arm64: "arm64" } as const;
export type Architecture = keyof typeof processors;
export const architectures: readonly Architecture[] = ["amd64", "arm64"];

/** Undefined on a machine that kbs is not made for. */
export const ownArchitecture: Architecture | undefined =
  process.platform === "linux" ? architectures.find((name) => processors[name] === process.arch) : undefined;

/**
 * Node.js for an architecture, in the version that runs this: this one itself, or for another processor what npm has, from where the development's own
 * comes too.
 * @param cache a folder in which what was fetched is kept
 * @returns the program's path
 */
export const nodeBinary = async (architecture: Architecture, cache: string): Promise<string> => {
  if (architecture === ownArchitecture) return process.execPath;
  const [name, { node: version }] = [`node-linux-${processors[architecture]}`, process.versions];
  const kept = join(cache, `${name}-${version}`);
  const isKept = await access(kept).then(
    () => true,
    () => false,
  );
  if (!isKept) {
    await mkdir(cache, { recursive: true });
    const work = await mkdtemp(join(cache, ".fetching-"));
    try {
      const options = { cwd: work, timeout: fetchTimeout };
      await run("npm", ["pack", "--silent", `${name}@${version}`], options);
      await run("tar", ["-xzf", `${name}-${version}.tgz`, "package/bin/node"], options);
      await rename(join(work, "package/bin/node"), kept);
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  }
  return kept;
};

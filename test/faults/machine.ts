import { spawn } from "node:child_process";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import type { Plugin } from "esbuild";
import type { LabHost } from "../lab/index.ts";
import { childrenOf } from "../lab/process.ts";
import { bringKbs, kbsEnvironment, kbsFolder, kbsThere, stateFolder } from "../support/kbs-on-host.ts";
import { type Run, runOf } from "../support/operator.ts";
import { rewritten } from "./instrument.ts";

// kbs on a host itself, as `kbs init` and `kbs join` are typed there, with the bench's eye in it.

/** What the hook does to the sources when they are loaded, done when they are bundled. */
const watched: Plugin = {
  name: "watched",
  setup: (bundler) => {
    bundler.onLoad({ filter: /\/sh\/[a-z]+\.ts$/ }, async ({ path }) => {
      const [, rewrite] = Object.entries(rewritten).find(([end]) => path.endsWith(end)) ?? [];
      return rewrite && { contents: rewrite(await readFile(path, "utf8")), loader: "ts" };
    });
  },
};

/** Where a host has the configuration of what is typed on it. */
export const ownConfig = `${kbsFolder}/own.yaml`;

/** kbs, its bundle and a configuration on a host, whose scripts count their boundaries. */
export const bringWatched = async (host: LabHost, config: string): Promise<void> => {
  await bringKbs(host, undefined, [watched]);
  const place = join(host.rootDirectory, kbsFolder);
  await Promise.all(["hook.ts", "instrument.ts"].map((name) => copyFile(join(import.meta.dirname, name), join(place, name))));
  await writeFile(join(host.rootDirectory, ownConfig), config);
};

/** Starts a line of kbs in the namespaces of its host, where it can be taken hold of from outside. */
export const beginThere = async (host: LabHost, words: readonly string[], env: Readonly<Record<string, string>>): Promise<Run> => {
  const own = {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    NODE_OPTIONS: `--import ${kbsFolder}/hook.ts`,
    ...env,
  };
  const assigned = [...Object.entries(own).map(([name, value]) => `${name}=${value}`), ...kbsEnvironment(stateFolder)];
  const enter = ["-t", String(await host.leaderPid()), "-m", "-u", "-i", "-n", "-p"];
  const child = spawn("nsenter", [...enter, "env", "-i", ...assigned, ...kbsThere, ...words], {
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  // nsenter waits for it, and ends as it does.
  const kill = (): void => {
    for (const pid of childrenOf(child.pid ?? 0)) process.kill(pid, "SIGKILL");
  };
  return runOf(child, kill);
};

/** The folder of what kbs has kept of its runs there, as seen from outside. */
export const stateThere = async (host: LabHost): Promise<string> => `/proc/${await host.leaderPid()}/root${stateFolder}`;

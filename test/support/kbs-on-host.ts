import { constants } from "node:fs";
import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Plugin } from "esbuild";
import { bundleOneFile } from "../../scripts/building/one-file.ts";
import { quoteAll } from "../../src/shared/quote.ts";
import { type KubernetesMinor, type LabHost, labBundle } from "../lab/index.ts";
import type { Ended } from "./operator.ts";

const root = join(import.meta.dirname, "../..");

/** Where a host has kbs, and nothing of a cluster ever is. */
export const kbsFolder = "/opt/kbs";

/** Where kbs keeps what it tells of root's runs: in memory, so that it is no part of the host's files. */
export const stateFolder = "/tmp/kbs-root";

/** kbs and a bundle on the host itself, which has no Node.js: the program as one file, beside the one that runs it. */
export const bringKbs = async (
  { rootDirectory }: LabHost,
  kubernetes?: KubernetesMinor,
  plugins: readonly Plugin[] = [],
): Promise<void> => {
  const place = join(rootDirectory, kbsFolder);
  await mkdir(place, { recursive: true });
  await bundleOneFile(root, join(place, "kbs.cjs"), plugins);
  await copyFile(process.execPath, join(place, "node"), constants.COPYFILE_FICLONE);
  await copyFile(await labBundle(undefined, kubernetes), join(place, "bundle.tar"), constants.COPYFILE_FICLONE);
};

/** What a line of kbs is typed with. */
export const kbsEnvironment = (state: string): readonly string[] => [`XDG_STATE_HOME=${state}`, `KBS_BUNDLE=${kbsFolder}/bundle.tar`];

/** The program that runs kbs on a host, and kbs. */
export const kbsThere: readonly string[] = [`${kbsFolder}/node`, `${kbsFolder}/kbs.cjs`];

/** Types a line of kbs on the host. One that fails is an answer, not an error. */
export const kbsOn = async (host: LabHost, words: readonly string[], user = "root"): Promise<Ended> => {
  const state = user === "root" ? stateFolder : `/tmp/kbs-${user}`;
  return await host.run(quoteAll(["env", ...kbsEnvironment(state), ...kbsThere, ...words]), { timeout: 300_000, user });
};

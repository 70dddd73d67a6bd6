import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Log } from "./cache.ts";
import { command } from "./command.ts";
import { ensureTools, updatePackageLists } from "./tools.ts";

const debianKeyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** One line of `apt-get indextargets` as a line of sources.list; undefined for a source that is not the distribution's own. */
export const sourceLine = (target: string, distribution: string, keyring?: string): string | undefined => {
  const [origin = "", uri = "", release = "", component = ""] = target.split("|");
  if (origin.toLowerCase() !== distribution || component === "") return undefined;
  return `deb ${keyring === undefined ? "" : `[signed-by=${keyring}] `}${uri} ${release} ${component}`;
};

/** A field of /etc/os-release. */
export const osRelease = (text: string, field: string): string =>
  (new RegExp(`^${field}=(.*)$`, "m").exec(text)?.[1] ?? "").replaceAll('"', "");

/** The distribution's own package sources on this machine. Others, such as a vendor's, are left out. */
const packageSources = async (): Promise<{ suite: string; lines: string[] }> => {
  const release = await readFile("/etc/os-release", "utf8");
  const format = "$(ORIGIN)|$(REPO_URI)|$(RELEASE)|$(COMPONENT)";
  const targets = await command("apt-get", ["indextargets", "Created-By: Packages", "--format", format], { timeout: 60_000 });
  const keyring = existsSync(debianKeyring) ? debianKeyring : undefined;
  const lines = targets.split("\n").flatMap((target) => sourceLine(target, osRelease(release, "ID"), keyring) ?? []);
  return { suite: osRelease(release, "VERSION_CODENAME"), lines };
};

export interface RootFileSystem {
  readonly packages: readonly string[];
  /** Runs in a shell after the packages are there, with the new root's path as $1. */
  readonly customize: string;
  /** minbase: an installed system; extract: the packages and what they depend on, unpacked and no more. */
  readonly variant: "minbase" | "extract";
}

/** mmdebstrap's options for a root file system: what it is made from, beside the packages' own versions. */
export const mmdebstrapOptions = ({ packages, customize, variant }: RootFileSystem): string[] => [
  "--mode=root",
  `--variant=${variant}`,
  `--include=${packages.join(",")}`,
  ...["man", "locale", "info", "doc"].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`),
  "--dpkgopt=path-include=/usr/share/doc/*/copyright",
  '--aptopt=Acquire::Retries "3"',
  // A system that is only unpacked never reaches the customize stage.
  `--${variant === "extract" ? "extract" : "customize"}-hook=${customize}`,
];

/**
 * Fills `root` in a folder with a minimal Debian (or the Debian derivative that this machine runs).
 * @throws Error when the packages cannot be had.
 */
export const makeRootFileSystem = async (directory: string, recipe: RootFileSystem, log: Log): Promise<void> => {
  await ensureTools(["mmdebstrap"], log);
  await updatePackageLists();
  const { suite, lines } = await packageSources();
  const words = [...mmdebstrapOptions(recipe), suite, join(directory, "root"), "-"];
  await command("mmdebstrap", words, { timeout: 20 * 60_000, env: { TMPDIR: directory }, input: `${lines.join("\n")}\n` });
};

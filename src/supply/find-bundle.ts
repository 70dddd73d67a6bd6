import { readdir, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { UserError } from "../shared/errors.ts";
import { type Bundle, openBundle } from "./bundle.ts";
import { bundleMaker } from "./maker.ts";
import { type Platform, platformName } from "./oci.ts";

export interface BundleWish {
  /** With the leading v. */
  readonly kubernetesVersion: string;
  readonly platform: Platform;
  /** `--bundle` or `supply.bundle`: a bundle, or a directory that holds some. Nothing else is looked at then. */
  readonly named?: string;
  /** Absent when the configuration came from standard input. */
  readonly configDirectory?: string;
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export const bundleFileName = (kubernetesVersion: string, { os, architecture }: Platform): string =>
  `kbs-bundle-${kubernetesVersion}-${os}-${architecture}.tar`;

const kindOf = async (path: string): Promise<"file" | "directory" | undefined> => {
  const found = await stat(path).catch(() => undefined);
  return found && (found.isDirectory() ? "directory" : "file");
};

/** Directories are searched in this order, the closest to the user first. */
const searchPath = ({ configDirectory, workingDirectory, environment }: BundleWish): string[] => {
  const home = environment["HOME"] || homedir();
  const dataHome = environment["XDG_DATA_HOME"];
  // The XDG base directory specification: a relative path is invalid and to be ignored.
  const data = dataHome && isAbsolute(dataHome) ? dataHome : join(home, ".local/share");
  const places = [configDirectory, workingDirectory, join(data, "kbs/bundles"), "/usr/share/kbs/bundles", "/var/lib/kbs/bundles"];
  return [...new Set(places.flatMap((place) => (place === undefined ? [] : [resolve(workingDirectory, place)])))];
};

const others = async (directories: readonly string[], wanted: string): Promise<string[]> => {
  const found = await Promise.all(directories.map(async (directory) => [directory, await readdir(directory).catch(() => [])] as const));
  return found.flatMap(([directory, names]) =>
    names.filter((name) => /^kbs-bundle-v.+\.tar$/.test(name) && name !== wanted).map((name) => join(directory, name)),
  );
};

const notFound = async (wish: BundleWish, places: readonly string[], directories: readonly string[]): Promise<UserError> => {
  const name = bundleFileName(wish.kubernetesVersion, wish.platform);
  const near = await others(directories, name);
  const [minor] = /\d+\.\d+/.exec(wish.kubernetesVersion) ?? [];
  const what = `no bundle for Kubernetes ${wish.kubernetesVersion} on ${platformName(wish.platform)} was found`;
  return new UserError(`${what}; looked for ${places.join(", ")}`, {
    ...(near.length === 0 ? {} : { probably: `there are bundles for other versions or platforms: ${near.join(", ")}` }),
    hint: `put ${name} into one of these places, or name a bundle by --bundle, supply.bundle or KBS_BUNDLE; ${bundleMaker(minor)} makes one`,
  });
};

const inDirectories = async (wish: BundleWish, directories: readonly string[]): Promise<string> => {
  const places = directories.map((directory) => join(directory, bundleFileName(wish.kubernetesVersion, wish.platform)));
  for (const place of places) if ((await kindOf(place)) === "file") return place;
  throw await notFound(wish, places, directories);
};

const locate = async (wish: BundleWish): Promise<string> => {
  const named = wish.named ?? (wish.environment["KBS_BUNDLE"] || undefined);
  if (named === undefined) return await inDirectories(wish, searchPath(wish));
  const path = resolve(wish.workingDirectory, named);
  const kind = await kindOf(path);
  if (kind === "directory") return await inDirectories(wish, [path]);
  if (kind === "file") return path;
  const from = wish.named === undefined ? "KBS_BUNDLE" : "--bundle or supply.bundle";
  throw new UserError(`there is no bundle ${path}`, { hint: `correct ${from}, or leave it out: the usual places are searched then` });
};

/** Whether there is any: one that was named counts, there or not. */
export const isBundleThere = async (wish: BundleWish): Promise<boolean> => {
  if (wish.named !== undefined || wish.environment["KBS_BUNDLE"]) return true;
  const name = bundleFileName(wish.kubernetesVersion, wish.platform);
  const kinds = await Promise.all(searchPath(wish).map(async (directory) => await kindOf(join(directory, name))));
  return kinds.includes("file");
};

const checkFit = ({ path, kubernetesVersion, platform }: Bundle, wish: BundleWish): void => {
  const found = `Kubernetes ${kubernetesVersion} on ${platformName(platform)}`;
  const wanted = `Kubernetes ${wish.kubernetesVersion} on ${platformName(wish.platform)}`;
  if (found === wanted) return;
  throw new UserError(`the bundle ${path} is for ${found}, wanted is ${wanted}`, {
    hint: "name a bundle for what is wanted (a directory of bundles where hosts differ), or change kubernetes.version",
  });
};

/**
 * Finds and opens the bundle for a Kubernetes version and a platform: the one named, else the one of KBS_BUNDLE, else the first
 * `kbs-bundle-<version>-<os>-<arch>.tar` beside the configuration file, in the working directory, in `${XDG_DATA_HOME:-~/.local/share}/kbs/bundles`,
 * in /usr/share/kbs/bundles and in /var/lib/kbs/bundles.
 * @throws UserError when there is none, or when it is for something else.
 */
export const findBundle = async (wish: BundleWish): Promise<Bundle> => {
  const bundle = await openBundle(await locate(wish));
  try {
    checkFit(bundle, wish);
    return bundle;
  } catch (error) {
    await bundle.close();
    throw error;
  }
};

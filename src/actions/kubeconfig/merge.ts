import { mkdir, open, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { mergeKubeconfig } from "../../pki/kubeconfig/merge.ts";
import { UserError } from "../../shared/errors.ts";
import { followOwnLinks, readOwnFile, writeOwnFile } from "../../shared/own-file.ts";

/** Milliseconds that another program may keep the file locked: kubectl does so for an instant. */
const lockedAtMost = 10_000;
const lookEvery = 100;

type Environment = Readonly<Record<string, string | undefined>>;

/** The file that kubectl would write: the first of $KUBECONFIG, else ~/.kube/config. */
export const ownKubeconfigPath = (environment: Environment): string => {
  const [first] = (environment["KUBECONFIG"] ?? "").split(delimiter).filter(Boolean);
  return first === undefined ? join(environment["HOME"] || homedir(), ".kube/config") : resolve(first);
};

const isThere = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "EEXIST";

/** Takes the lock that client-go takes (tools/clientcmd/config.go): a file beside it that must not exist. */
const lock = async (path: string, within: number): Promise<() => Promise<void>> => {
  const name = `${path}.lock`;
  for (const end = Date.now() + within; ; await sleep(lookEvery)) {
    try {
      await (await open(name, "wx", 0)).close();
      return () => rm(name, { force: true });
    } catch (error) {
      if (!isThere(error)) {
        throw new UserError(`${name} cannot be made: ${error instanceof Error ? error.message : String(error)}`, {
          hint: "correct the permissions of its folder",
          cause: error,
        });
      }
    }
    if (Date.now() > end)
      throw new UserError(`${path} is locked by another program: ${name} is there`, {
        hint: `if no kubectl is writing it, remove ${name} and run again`,
      });
  }
};

/**
 * Puts a cluster's kubeconfig into the file that kubectl uses, under client-go's lock, what was there before beside it as `<file>.kbs-backup`.
 * @returns the path of the file
 * @throws UserError when the file is locked, no kubeconfig, somebody else's, or has another cluster under this name
 */
export const mergeIntoOwn = async (kubeconfig: string, environment: Environment, within = lockedAtMost): Promise<string> => {
  const path = ownKubeconfigPath(environment);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const unlock = await lock(path, within);
  try {
    const before = await readOwnFile(await followOwnLinks(path));
    const after = mergeKubeconfig(path, before ?? "", kubeconfig);
    if (before !== undefined && before !== after) await writeOwnFile(`${path}.kbs-backup`, before);
    await writeOwnFile(path, after);
    return path;
  } finally {
    await unlock();
  }
};

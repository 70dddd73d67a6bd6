import { randomBytes } from "node:crypto";
import { chmod, lstat, open, readFile, readlink, rename, rm } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, parse, resolve, sep } from "node:path";
import { UserError } from "./errors.ts";

/** As many links as Linux follows in one path. */
const mostLinks = 40;
const ownerOnly = 0o600;

const isMissing = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ENOENT";

const statOf = async (path: string) => {
  try {
    return await lstat(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw cannot("looked at", path, error);
  }
};

const cannot = (done: string, path: string, error: unknown): UserError =>
  new UserError(`${path} cannot be ${done}: ${error instanceof Error ? error.message : String(error)}`, {
    hint: "choose another place for the file, or correct the permissions",
    cause: error,
  });

/** Absent where the system knows no owners. */
const me = (): number | undefined => process.getuid?.();

const isTrusted = (owner: number): boolean => me() === undefined || owner === me() || owner === 0;

/**
 * Where a path really leads. A link in it is followed only if this user or root made it: anybody else's could lead a secret anywhere.
 * @throws UserError for somebody else's link
 */
export const followOwnLinks = async (path: string): Promise<string> => {
  const { root } = parse(resolve(path));
  const rest = resolve(path).slice(root.length).split(sep).filter(Boolean);
  let at = root;
  let links = 0;
  for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
    if (name === "..") {
      at = dirname(at);
      continue;
    }
    const next = join(at, name);
    const found = await statOf(next);
    if (!found?.isSymbolicLink()) {
      at = next;
      continue;
    }
    if (!isTrusted(found.uid)) {
      throw new UserError(`${path} is not written: ${next} is a link that belongs to another user`, {
        hint: "remove the link, or choose another place for the file",
      });
    }
    if (++links > mostLinks)
      throw new UserError(`${path} is not written: its links go in a circle`, { hint: "choose another place for the file" });
    const target = await readlink(next);
    rest.unshift(...target.split(sep).filter((part) => part !== "" && part !== "."));
    if (isAbsolute(target)) at = root;
  }
  return at;
};

/** What a file of this user holds; undefined when there is none. @throws UserError when it is no regular file or not this user's */
export const readOwnFile = async (path: string): Promise<string | undefined> => {
  const found = await statOf(path);
  if (found === undefined) return undefined;
  const wrong = found.isFile() ? (me() === undefined || found.uid === me() ? undefined : "belongs to another user") : "is no regular file";
  if (wrong !== undefined)
    throw new UserError(`${path} is not touched: it ${wrong}`, { hint: "remove it, or choose another place for the file" });
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw cannot("read", path, error);
  }
};

/** Makes it durable that a name was given. */
const syncFolder = async (path: string): Promise<void> => {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
};

const replace = async (path: string, text: string): Promise<void> => {
  // Exclusive: whatever stands at this name was not put there by us.
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}.kbs`);
  const file = await open(temporary, "wx", ownerOnly);
  try {
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
};

/**
 * Writes a file that only this user can read: whole or not at all, and never through somebody else's link. Equal content stays as it is.
 * @returns whether it was written
 * @throws UserError when the place is not this user's, or cannot be written
 */
export const writeOwnFile = async (path: string, text: string): Promise<boolean> => {
  const target = await followOwnLinks(path);
  const before = await readOwnFile(target);
  try {
    if (before !== text) await replace(target, text);
    else if (((await statOf(target))?.mode ?? 0) & 0o077) await chmod(target, ownerOnly);
  } catch (error) {
    throw cannot("written", path, error);
  }
  return before !== text;
};

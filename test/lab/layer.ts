import { chmod, copyFile, mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { command } from "./command.ts";

/** What stands at a path of an image layer. */
type LayerEntry =
  | { readonly from: string; readonly mode: number }
  | { readonly text: string; readonly mode: number }
  | { readonly link: string }
  | { readonly directory: number };

/** The entries of a layer by path, without a leading slash. */
export type LayerEntries = Readonly<Record<string, LayerEntry>>;

const makeDirectories = async (root: string, path: string): Promise<void> => {
  if (path === ".") return;
  await makeDirectories(root, dirname(path));
  await mkdir(join(root, path), { recursive: true });
};

/** Puts entries into a folder. Folders on the way get mode 0755, whatever the umask. */
export const stageLayer = async (root: string, entries: LayerEntries): Promise<void> => {
  await mkdir(root, { recursive: true });
  for (const [path, entry] of Object.entries(entries)) {
    const target = join(root, path);
    const isNew = !("directory" in entry);
    await makeDirectories(root, isNew ? dirname(path) : path);
    if ("link" in entry) await symlink(entry.link, target);
    else if ("directory" in entry) await chmod(target, entry.directory);
    else {
      await ("from" in entry ? copyFile(entry.from, target) : writeFile(target, entry.text));
      await chmod(target, entry.mode);
    }
  }
};

/** Packs a folder as a tar file that depends on nothing but the folder's content and modes: sorted, owned by root, dated 1970. */
export const packLayer = async (root: string, tar: string): Promise<void> => {
  const words = [
    "--create",
    "--format=gnu",
    "--sort=name",
    "--mtime=@0",
    "--owner=0",
    "--group=0",
    "--numeric-owner",
    "--hard-dereference",
  ];
  await command("tar", [...words, "--file", tar, "--directory", root, "."], { timeout: 5 * 60_000 });
};

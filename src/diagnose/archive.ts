import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { type Pack, pack } from "tar-stream";
import { UserError } from "../shared/errors.ts";
import { followOwnLinks } from "../shared/own-file.ts";

/** A file of an archive. */
export interface ArchiveFile {
  readonly name: string;
  readonly text: string;
}

const add = (tar: Pack, { name, text }: ArchiveFile): Promise<void> =>
  new Promise((resolve, reject) => {
    tar.entry({ name, mode: 0o600 }, text, (error) => (error ? reject(error) : resolve()));
  });

/** One file at a time, as fast as they are written. */
const fill = async (tar: Pack, files: Iterable<ArchiveFile>): Promise<void> => {
  try {
    for (const file of files) await add(tar, file);
    tar.finalize();
  } catch (error) {
    tar.destroy(error instanceof Error ? error : new Error(String(error)));
  }
};

/**
 * Writes a .tar.gz that only this user can read: whole, or not at all, and never through somebody else's link.
 * @throws UserError when the place cannot be written
 */
export const writeArchive = async (path: string, files: Iterable<ArchiveFile>): Promise<void> => {
  const target = await followOwnLinks(path);
  const half = join(dirname(target), `.${basename(target)}.${process.pid}.kbs`);
  try {
    await rm(half, { force: true });
    const tar = pack();
    const written = pipeline(tar, createGzip(), createWriteStream(half, { flags: "wx", mode: 0o600, flush: true }));
    await Promise.all([written, fill(tar, files)]);
    await rename(half, target);
  } catch (error) {
    await rm(half, { force: true });
    throw new UserError(`the archive cannot be written to ${path}: ${error instanceof Error ? error.message : String(error)}`, {
      hint: "name another file by --out",
      cause: error,
    });
  }
};

import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { UserError } from "../shared/errors.ts";
import { followOwnLinks } from "../shared/own-file.ts";
import { blockSize, padding, tarHeader } from "../supply/tar.ts";

/** A file of an archive. */
export interface ArchiveFile {
  /** At most 100 bytes: what a header of tar holds. */
  readonly name: string;
  readonly text: string;
}

function* blocks(files: Iterable<ArchiveFile>): Generator<Buffer> {
  for (const { name, text } of files) {
    const content = Buffer.from(text);
    yield tarHeader(name, content.length);
    yield content;
    yield Buffer.alloc(padding(content.length));
  }
  yield Buffer.alloc(2 * blockSize);
}

/**
 * Writes a .tar.gz that only this user can read: whole, or not at all, and never through somebody else's link.
 * @throws UserError when the place cannot be written
 */
export const writeArchive = async (path: string, files: Iterable<ArchiveFile>): Promise<void> => {
  const target = await followOwnLinks(path);
  const half = join(dirname(target), `.${basename(target)}.${process.pid}.kbs`);
  try {
    await rm(half, { force: true });
    await pipeline(Readable.from(blocks(files)), createGzip(), createWriteStream(half, { flags: "wx", mode: 0o600, flush: true }));
    await rename(half, target);
  } catch (error) {
    await rm(half, { force: true });
    throw new UserError(`the archive cannot be written to ${path}: ${error instanceof Error ? error.message : String(error)}`, {
      hint: "name another file by --out",
      cause: error,
    });
  }
};

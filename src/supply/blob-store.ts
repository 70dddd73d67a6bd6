import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { Readable } from "node:stream";
import type { BlobRef } from "../changes/change.ts";
import { UserError } from "../shared/errors.ts";
import { blobPath, type Digest, digestOf } from "./oci.ts";
import { parseDigest } from "./oci-parse.ts";
import type { TarEntry } from "./tar-index.ts";

/** A tar file that is open, and where its members lie. */
export interface Archive {
  readonly file: FileHandle;
  readonly path: string;
  readonly entries: ReadonlyMap<string, TarEntry>;
}

const chunkSize = 256 * 1024;
/** Registries refuse larger manifests; configurations are smaller still. */
const largestJson = 4 * 1024 * 1024;
/** Hashing is done on one core; a second reader hides the disk behind it. */
const readers = 2;

const again = "take the bundle again from where it came from, or build it again";

const chunksOf = async function* ({ file, path }: Archive, { offset, size }: TarEntry): AsyncGenerator<Buffer> {
  const end = offset + size;
  for (let position = offset; position < end; ) {
    const length = Math.min(chunkSize, end - position);
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(length), 0, length, position);
    if (bytesRead === 0)
      throw new UserError(`${path} became shorter while it was read`, { hint: "leave it alone during a run, and start again" });
    yield buffer.subarray(0, bytesRead);
    position += bytesRead;
  }
};

/** A small member of an archive, whole. `what` names it in errors. */
export const readWhole = async (archive: Archive, entry: TarEntry, what: string): Promise<Buffer> => {
  if (entry.size > largestJson)
    throw new UserError(`${archive.path}: ${what} has ${entry.size} bytes, too many for what it is`, { hint: again });
  const chunks: Buffer[] = [];
  for await (const chunk of chunksOf(archive, entry)) chunks.push(chunk);
  return Buffer.concat(chunks);
};

/** @throws UserError for bytes that are no JSON. */
export const parseJson = (bytes: Buffer, where: string): unknown => {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch (cause) {
    throw new UserError(`${where} is not JSON`, { cause, hint: again });
  }
};

/** Where a blob lies. @throws UserError when it is absent or its size is not the one said. */
export const locate = ({ path, entries }: Archive, blob: BlobRef): TarEntry => {
  const entry = entries.get(blobPath(parseDigest(blob.digest, path)));
  if (!entry) throw new UserError(`${path} lacks the blob ${blob.digest}`, { hint: again });
  if (entry.size === blob.size) return entry;
  throw new UserError(`${path}: the blob ${blob.digest} has ${entry.size} bytes, its descriptor says ${blob.size}`, { hint: again });
};

const checkDigest = ({ path }: Archive, blob: BlobRef, found: Digest): void => {
  if (found === blob.digest) return;
  throw new UserError(`${path}: the blob ${blob.digest} is damaged, its content has the digest ${found}`, {
    probably: "the file was cut or changed while it was copied",
    hint: again,
  });
};

/** A small blob as JSON, verified. `what` names it in errors. */
export const readJson = async (archive: Archive, blob: BlobRef, what: string): Promise<unknown> => {
  const bytes = await readWhole(archive, locate(archive, blob), what);
  checkDigest(archive, blob, digestOf(bytes));
  return parseJson(bytes, `${archive.path}: ${what}`);
};

/** The bytes of a blob from an offset on, unverified. Ends with an error when there are fewer than its size says. */
export const readBlob = (archive: Archive, blob: BlobRef, offset = 0): Readable => {
  const entry = locate(archive, blob);
  if (offset < 0 || offset > entry.size) throw new RangeError(`${offset} is no place within ${entry.size} bytes`);
  const rest = { offset: entry.offset + offset, size: entry.size - offset };
  return Readable.from(chunksOf(archive, rest), { objectMode: false });
};

const verifyBlob = async (archive: Archive, blob: BlobRef, signal: AbortSignal | undefined): Promise<void> => {
  const hash = createHash("sha256");
  for await (const chunk of chunksOf(archive, locate(archive, blob))) {
    signal?.throwIfAborted();
    hash.update(chunk);
  }
  checkDigest(archive, blob, `sha256:${hash.digest("hex")}`);
};

export type Verify = (blobs: Iterable<BlobRef>, options?: { readonly signal?: AbortSignal }) => Promise<void>;

/** Compares digests of an archive's blobs, each blob once however often it is asked for. */
export const verifier = (archive: Archive): Verify => {
  const started = new Map<string, Promise<void>>();
  const verifyOnce = async (blob: BlobRef, signal: AbortSignal | undefined): Promise<void> => {
    const work = started.get(blob.digest) ?? verifyBlob(archive, blob, signal);
    started.set(blob.digest, work);
    try {
      await work;
    } catch (error) {
      // What was only given up is not known to be wrong: the next caller shall read it again.
      if (!(error instanceof UserError)) started.delete(blob.digest);
      throw error;
    }
  };
  return async (blobs, { signal } = {}) => {
    const waiting = [...blobs].values();
    const reader = async (): Promise<void> => {
      for (const blob of waiting) await verifyOnce(blob, signal);
    };
    await Promise.all(Array.from({ length: readers }, reader));
  };
};

import { type FileHandle, open } from "node:fs/promises";
import type { Readable } from "node:stream";
import type { BlobRef } from "../changes/change.ts";
import { UserError } from "../shared/errors.ts";
import { type Archive, locate, parseJson, readBlob, readJson, readWhole, type Verify, verifier } from "./blob-store.ts";
import { bundleMaker } from "./maker.ts";
import {
  blobPath,
  type Descriptor,
  type Digest,
  digestOf,
  type Index,
  layoutFile,
  mediaTypes,
  type Platform,
  platformName,
} from "./oci.ts";
import { checkLayoutMarker, parseDigest, parseIndex } from "./oci-parse.ts";
import { indexTar } from "./tar-index.ts";

/** An OCI image layout in a tar file that is open for reading. */
export interface Layout {
  readonly path: string;
  /** Of index.json. */
  readonly digest: Digest;
  readonly index: Index;
  /** @throws UserError when the blob is absent or its size is not the one said. */
  readonly expect: (blob: BlobRef) => void;
  readonly holds: (blob: BlobRef) => boolean;
  /** A small blob as JSON, verified. `what` names it in errors. */
  readonly json: (blob: BlobRef, what: string) => Promise<unknown>;
  /** The bytes of a blob from an offset on, unverified. Ends with an error when there are fewer than its size says. */
  readonly read: (blob: BlobRef, offset?: number) => Readable;
  /** Compares digests, each blob once in the life of this object. @throws UserError at the first that is wrong. */
  readonly verify: Verify;
  readonly close: () => Promise<void>;
}

const openFile = async (path: string): Promise<FileHandle> => {
  let file: FileHandle;
  try {
    file = await open(path, "r");
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(`${path} cannot be read: ${why}`, { cause, hint: "name the tar file of a bundle" });
  }
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw new UserError(`${path} is not a file`, { hint: "name the tar file of a bundle" });
};

const readMember = async (archive: Archive, name: string): Promise<Buffer> => {
  const entry = archive.entries.get(name);
  if (entry) return await readWhole(archive, entry, name);
  throw new UserError(`${archive.path} is no OCI image layout: it holds no ${name}`, {
    hint: `name a tar file that ${bundleMaker()} made`,
  });
};

const readLayout = async (file: FileHandle, path: string): Promise<Layout> => {
  const archive: Archive = { file, path, entries: await indexTar(file, path) };
  const marker = `${path}: ${layoutFile.marker}`;
  checkLayoutMarker(parseJson(await readMember(archive, layoutFile.marker), marker), marker);
  const bytes = await readMember(archive, layoutFile.index);
  const named = `${path}: ${layoutFile.index}`;
  return {
    path,
    digest: digestOf(bytes),
    index: parseIndex(parseJson(bytes, named), named),
    expect: (blob) => void locate(archive, blob),
    holds: (blob) => archive.entries.has(blobPath(parseDigest(blob.digest, path))),
    json: async (blob, what) => await readJson(archive, blob, what),
    read: (blob, offset) => readBlob(archive, blob, offset),
    verify: verifier(archive),
    close: async () => await file.close(),
  };
};

/**
 * Opens an OCI image layout. Reads the tar's headers and index.json; the blobs are verified later, when it is known which are needed.
 * @throws UserError when it cannot be read or is no layout.
 */
export const openLayout = async (path: string): Promise<Layout> => {
  const file = await openFile(path);
  try {
    return await readLayout(file, path);
  } catch (error) {
    await file.close();
    throw error;
  }
};

const isIndex = ({ mediaType }: Descriptor): boolean => mediaType === mediaTypes.index || mediaType === mediaTypes.dockerIndex;

/** An index within an index within …: deeper ones are refused, so that a hostile file cannot keep kbs busy. */
const deepest = 4;

/**
 * The manifest of a platform below a descriptor, which may be an index that lists one per platform, or indexes.
 * Undefined when all of them say that they are for other platforms.
 */
export const manifestFor = async (layout: Layout, from: Descriptor, platform: Platform, depth = 0): Promise<Descriptor | undefined> => {
  if (from.platform && platformName(from.platform) !== platformName(platform)) return undefined;
  if (!isIndex(from)) return from;
  const what = `the index ${from.digest}`;
  if (depth === deepest) throw new UserError(`${layout.path}: ${what} lies too deep within others`, { hint: "build the bundle again" });
  const { manifests } = parseIndex(await layout.json(from, what), `${layout.path}: ${what}`);
  for (const below of manifests) {
    const found = await manifestFor(layout, below, platform, depth + 1);
    if (found) return found;
  }
  return undefined;
};

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { constants, createGzip, createZstdCompress } from "node:zlib";
import { type BlobRef, blobPath, canonicalJson, type Digest, digestOf, type Encoding } from "./oci.ts";
import type { TarWriter } from "./tar.ts";

/** A file as it was stored: the blob, and what one gets by decoding it. */
export interface StoredFile {
  readonly blob: BlobRef;
  readonly contentDigest: Digest;
  readonly contentSize: number;
}

export interface BlobWriter {
  /** Stores bytes of known content. */
  bytes(content: Uint8Array, mediaType: string): Promise<BlobRef>;
  json(value: unknown, mediaType: string): Promise<BlobRef>;
  /** Stores a file, encoded on its way. */
  file(path: string, mediaType: string, encoding: Encoding, level?: number): Promise<StoredFile>;
}

const chunkSize = 256 * 1024;

const encoders = {
  gzip: (level: number) => createGzip({ level, chunkSize }),
  zstd: (level: number) => createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: level }, chunkSize }),
};

/**
 * Least CPU time of all ends together, at 10 ms of SSH per MiB and three hosts. With the kubelet of v1.36.3 (80.5 MiB): gzip 1 gives 26.8 MiB
 * in 0.9 s, gzip 6 gives 24.1 MiB in 2.4 s and unpacks 10 % faster; gzip 9 and zstd 9 take far longer for little; zstd 3 gives
 * 22.0 MiB in 0.7 s and unpacks in a third of the time of gzip.
 */
const defaultLevel = { gzip: 6, zstd: 3 } as const;

const meter = () => {
  const hash = createHash("sha256");
  let size = 0;
  return {
    through: async function* (this: void, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
      for await (const chunk of chunks) {
        hash.update(chunk);
        size += chunk.length;
        yield chunk;
      }
    },
    result: () => ({ digest: `sha256:${hash.digest("hex")}` as const, size }),
  };
};

/** Puts blobs into an archive, each digest once. */
export const blobWriter = (tar: TarWriter): BlobWriter => {
  const stored = new Set<Digest>();
  const isNew = (digest: Digest): boolean => {
    const before = stored.size;
    return stored.add(digest).size > before;
  };

  const bytes: BlobWriter["bytes"] = async (content, mediaType) => {
    const digest = digestOf(content);
    if (isNew(digest)) await tar.add(blobPath(digest), content);
    return { digest, size: content.length, mediaType };
  };

  const file: BlobWriter["file"] = async (path, mediaType, encoding, level) => {
    const content = meter();
    const encoded = meter();
    let blob = { digest: digestOf(Buffer.alloc(0)), size: 0 };
    const store = async (chunks: AsyncIterable<Buffer>): Promise<void> =>
      await tar.addStream(encoded.through(chunks), () => {
        blob = encoded.result();
        return isNew(blob.digest) ? blobPath(blob.digest) : undefined;
      });
    const source = createReadStream(path, { highWaterMark: chunkSize });
    if (encoding === "raw") await pipeline(source, content.through, store);
    else await pipeline(source, content.through, encoders[encoding](level ?? defaultLevel[encoding]), store);
    const { digest, size } = content.result();
    return { blob: { ...blob, mediaType }, contentDigest: digest, contentSize: size };
  };

  return { bytes, file, json: async (value, mediaType) => await bytes(canonicalJson(value), mediaType) };
};

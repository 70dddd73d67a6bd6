import { createHash } from "node:crypto";
import type { BlobRef } from "../../../src/changes/change.ts";
import type { SendOptions } from "../../../src/changes/host.ts";
import { type Run, told } from "./body.ts";

export const blobOf = (content: Buffer): BlobRef => ({
  digest: `sha256:${createHash("sha256").update(content).digest("hex")}`,
  size: content.length,
});

/** Stages blobs on a host and gives state and text of each record. */
export const stage = async ({ host, ticket }: Run, contents: readonly Buffer[], options: SendOptions = {}) => {
  const byDigest = new Map(contents.map((content) => [blobOf(content).digest, content]));
  async function* read({ digest }: BlobRef, offset: number): AsyncGenerator<Buffer> {
    const content = byDigest.get(digest) ?? Buffer.alloc(0);
    for (let at = offset; at < content.length; at += 65_536) yield content.subarray(at, at + 65_536);
  }
  const { records } = await host.send({ kind: "blobs", ticket, blobs: contents.map(blobOf), read }, options);
  return told(records);
};

import type { BlobRef, ObjectChange } from "../changes/change.ts";
import type { Host } from "../changes/host.ts";

/** What became of one object. */
export interface ObjectRecord {
  readonly state: "same" | "changed" | "failed";
  readonly detail: string;
}

/** How the engine reaches the world. */
export interface Doors {
  readonly host: (name: string) => Host;
  /**
   * Applies objects in order of the list as far as one needs another, or compares them: "changed" says then that it would be. One record per object.
   * @throws KnownAfter in the check reading when there is no API yet.
   */
  readonly applyObjects: (
    objects: readonly ObjectChange[],
    signal: AbortSignal,
    reading: "check" | "apply",
  ) => Promise<readonly ObjectRecord[]>;
  /** Bytes of a blob, from an offset on. */
  readonly readBlob: (blob: BlobRef, offset: number) => AsyncIterable<Uint8Array>;
}

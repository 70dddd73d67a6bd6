import type { Software } from "../../src/phases/context.ts";

/** A bundle that has everything it is asked for. */
export const software = (): Software => ({
  binary: (name, path) => ({
    kind: "binary",
    path,
    mode: 0o755,
    digest: "0".repeat(64),
    encoding: "gzip",
    blob: { digest: `sha256:${name}`, size: 1 },
  }),
  images: (group, names) => ({
    kind: "images",
    group,
    images: names.map((name) => ({ name, manifest: { digest: "sha256:0", size: 1, mediaType: "m" }, blobs: [] })),
  }),
});

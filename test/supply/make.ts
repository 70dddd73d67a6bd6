import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { blobPath, canonicalJson, digestOf, layoutMarker } from "../../src/supply/oci.ts";
import { tarWriter } from "../../src/supply/tar.ts";
import type { BundleContents } from "../../src/supply/write-bundle.ts";

/** A directory for one test. */
export const scratch = (): string => {
  const directory = mkdtempSync(join(tmpdir(), "kbs-supply-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
};

export const sh = (script: string, cwd: string): string => execFileSync("sh", ["-c", script], { cwd, encoding: "utf8", timeout: 20_000 });

/** Two binaries, two images that share a layer. */
export const sampleContents = (directory: string): BundleContents => {
  mkdirSync(join(directory, "root/bin"), { recursive: true });
  writeFileSync(join(directory, "kubelet"), "#!/bin/sh\necho kubelet\n".repeat(5000));
  writeFileSync(join(directory, "runc"), Buffer.alloc(300_000, "runc"));
  writeFileSync(join(directory, "root/bin/pause"), "pause".repeat(1000));
  sh("tar -C root -cf base.tar bin && tar -cf top.tar runc", directory);
  const layer = (name: string, encoding: "raw" | "gzip" | "zstd") => ({ tar: join(directory, name), encoding });
  return {
    platform: { os: "linux", architecture: "amd64" },
    kubernetesVersion: "v1.36.3",
    binaries: [
      { name: "kubelet", version: "v1.36.3", file: join(directory, "kubelet"), encoding: "gzip" },
      { name: "runc", version: "1.1.5", file: join(directory, "runc"), encoding: "raw" },
    ],
    images: [
      { name: "registry.k8s.io/pause:3.10.2", config: { entrypoint: ["/bin/pause"], user: "65535" }, layers: [layer("base.tar", "zstd")] },
      {
        name: "registry.k8s.io/etcd:3.6.8-0",
        config: { entrypoint: ["/runc"], env: ["A=b"] },
        layers: [layer("base.tar", "zstd"), layer("top.tar", "gzip")],
      },
    ],
  };
};

/** Writes any layout: blobs by content, and an index. */
export const writeLayout = async (path: string, blobs: readonly Uint8Array[], index: unknown): Promise<void> => {
  const file = await open(path, "w");
  const tar = tarWriter(file);
  for (const blob of blobs) await tar.add(blobPath(digestOf(blob)), blob);
  await tar.add("oci-layout", layoutMarker);
  await tar.add("index.json", canonicalJson(index));
  await tar.end();
  await file.close();
};

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ClusterFile } from "../../src/config/file-types.ts";
import { resolveCluster } from "../../src/config/resolve.ts";
import type { Cluster } from "../../src/config/types.ts";
import { binariesFor } from "../../src/supply/binaries.ts";
import { openBundle } from "../../src/supply/bundle.ts";
import { bundleFileName } from "../../src/supply/find-bundle.ts";
import { imagesFor } from "../../src/supply/images.ts";
import { selectBinaries, selectImages } from "../../src/supply/select.ts";
import { writeBundle } from "../../src/supply/write-bundle.ts";

/** A bundle with all the names of a real one, and little in it. */
export interface SmallBundle {
  readonly path: string;
  /** How many bytes of a real bundle one of its bytes stands for: a worker gets 125 MiB of a real one. */
  readonly scale: number;
}

const contentSize = 64;
/** Bytes that a worker gets: measured by the bench. */
const realSize = 125 * 1024 ** 2;

/** Something of its own for each name, not to be compressed. */
const contentOf = (name: string): Buffer => Buffer.from(name.padEnd(contentSize, "-"));

const worker = ({ network }: Cluster): string[] => binariesFor(["worker"], network.plugin).map(({ name }) => name);

export const writeSmallBundle = async (directory: string, file: ClusterFile): Promise<SmallBundle> => {
  const cluster = resolveCluster(file, "kbs.yaml", directory);
  const platform = { os: "linux", architecture: "amd64" };
  const files = join(directory, "files");
  await mkdir(files);
  const write = async (name: string): Promise<string> => {
    const path = join(files, name.replaceAll(/\W/g, "_"));
    await writeFile(path, contentOf(name));
    return path;
  };
  const binaries = binariesFor(["control-plane"], cluster.network.plugin).map(({ name }) => name);
  const images = imagesFor(["control-plane"], cluster);
  const path = join(directory, bundleFileName(cluster.kubernetes.version, platform));
  await writeBundle(path, {
    platform,
    kubernetesVersion: cluster.kubernetes.version,
    binaries: await Promise.all(binaries.map(async (name) => ({ name, version: "1", file: await write(name), encoding: "raw" as const }))),
    images: await Promise.all(
      images.map(async (name) => ({
        name,
        config: { entrypoint: [`/${name}`] },
        layers: [{ tar: await write(name), encoding: "raw" as const }],
      })),
    ),
  });
  const bundle = await openBundle(path);
  const [executables, layers] = [selectBinaries(bundle, worker(cluster)), selectImages(bundle, imagesFor(["worker"], cluster))];
  await bundle.close();
  const blobs = [...executables.map(({ blob }) => blob), ...layers.flatMap((image) => [image.manifest, ...image.blobs])];
  return { path, scale: realSize / blobs.reduce((sum, { size }) => sum + size, 0) };
};

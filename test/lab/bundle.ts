import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { versionsFor } from "../../src/supply/versions.ts";
import { type BinarySource, writeBundle } from "../../src/supply/write-bundle.ts";
import { cached, type Log } from "./cache.ts";
import { goBuild } from "./go-build.ts";
import { defaultMinor, goRecipes, type KubernetesMinor, kubernetesReleases, versions } from "./go-recipes.ts";
import { labImages } from "./images.ts";

const architectures: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" };

/** Builds whose programs go to the hosts, and their version. kubeadm is not among what kbs uses. */
const hostBuilds = (kubernetes: KubernetesMinor): Readonly<Record<string, string>> => ({
  "kubernetes-node": kubernetesReleases[kubernetes],
  containerd: versions.containerd,
  runc: versions.runc,
  "cni-plugins": versions.cniPlugins,
  "flannel-cni": versions.flannelCni,
  etcd: versionsFor(kubernetesReleases[kubernetes]).etcd,
});

const labBinaries = async (log: Log, kubernetes: KubernetesMinor): Promise<BinarySource[]> => {
  const binaries: BinarySource[] = [];
  for (const { name, programs } of goRecipes(kubernetes)) {
    const version = hostBuilds(kubernetes)[name];
    if (version === undefined) continue;
    const directory = await goBuild(name, log, kubernetes);
    for (const program of Object.values(programs)) {
      if (program !== "kubeadm") binaries.push({ name: program, version, file: join(directory, program), encoding: "gzip" });
    }
  }
  return binaries;
};

/** The writer's own source belongs to what a bundle is made from: another format is another bundle. */
const writerSource = async (): Promise<Record<string, string>> => {
  const directory = join(import.meta.dirname, "../../src/supply");
  const names = (await readdir(directory)).filter((name) => /^(blob-writer|oci|tar|write-bundle)\.ts$/.test(name)).toSorted();
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await readFile(join(directory, name), "utf8")] as const)));
};

/** The path of a bundle with everything that a cluster of that Kubernetes needs on the lab's hosts, made when it is not in the cache. */
export const labBundle = async (log: Log = () => undefined, kubernetes: KubernetesMinor = defaultMinor): Promise<string> => {
  const architecture = architectures[process.arch];
  if (architecture === undefined)
    throw new Error(`the lab cannot build for ${process.arch}: it knows ${Object.keys(architectures).join(" and ")}`);
  const contents = {
    platform: { os: "linux", architecture },
    kubernetesVersion: kubernetesReleases[kubernetes],
    binaries: await labBinaries(log, kubernetes),
    images: await labImages(log, kubernetes),
  };
  const file = `kubernetes-${contents.kubernetesVersion}-linux-${architecture}.tar`;
  const directory = await cached("bundle", { contents, source: await writerSource() }, log, async (half) => {
    await writeBundle(join(half, file), contents);
  });
  return join(directory, file);
};

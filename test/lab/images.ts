import { join } from "node:path";
import { balancerImages } from "../../src/supply/images.ts";
import { versionsFor } from "../../src/supply/versions.ts";
import type { ImageConfig, ImageSource } from "../../src/supply/write-bundle.ts";
import type { Log } from "./cache.ts";
import { goBuild } from "./go-build.ts";
import { defaultMinor, type KubernetesMinor, kubernetesReleases, versions } from "./go-recipes.ts";
import { haproxyLayer } from "./haproxy-layer.ts";
import { busyboxLayer, commonLayer, entriesLayer, networkLayer } from "./image-layers.ts";

/** One image of the lab's bundle, under the name by which a cluster asks for it. */
interface ImageRecipe {
  readonly name: string;
  /** Of the Go build that has its programs; absent where a lower layer has all. */
  readonly build?: string;
  /** Program → its path in the image. */
  readonly programs?: Readonly<Record<string, string>>;
  readonly below: readonly (keyof typeof lowerLayers)[];
  readonly config: ImageConfig;
}

const lowerLayers = { common: commonLayer, network: networkLayer, busybox: busyboxLayer, haproxy: haproxyLayer };
const path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

const kubernetesImage = (release: string, program: string, below: ImageRecipe["below"] = ["common"]): ImageRecipe => ({
  name: `registry.k8s.io/${program}:${release}`,
  build: "kubernetes-control-plane",
  programs: { [program]: `usr/local/bin/${program}` },
  below,
  config: { entrypoint: [`/usr/local/bin/${program}`], env: [path] },
});

/** The image with which demos and tests run a web application: Kubernetes' own, `netexec` serves HTTP. */
export const webImage = `registry.k8s.io/e2e-test-images/agnhost:${versions.agnhost}`;

/** The name by which a cluster asks for it. What is in it is Debian's version. */
export const haproxyImage = balancerImages("registry.k8s.io").haproxy;

/** The tags of etcd, CoreDNS and pause are those for which the release asks; what is in them is in all three the one version that the lab builds. */
const recipesOf = (release: string, { etcd, coredns, pause } = versionsFor(release)): readonly ImageRecipe[] => [
  kubernetesImage(release, "kube-apiserver"),
  kubernetesImage(release, "kube-controller-manager"),
  kubernetesImage(release, "kube-scheduler"),
  kubernetesImage(release, "kube-proxy", ["network"]),
  {
    name: `registry.k8s.io/etcd:${etcd}`,
    build: "etcd",
    programs: { etcd: "usr/local/bin/etcd", etcdctl: "usr/local/bin/etcdctl", etcdutl: "usr/local/bin/etcdutl" },
    below: ["common"],
    config: { entrypoint: ["/usr/local/bin/etcd"], env: [path] },
  },
  {
    name: `registry.k8s.io/coredns/coredns:${coredns}`,
    build: "coredns",
    programs: { coredns: "coredns" },
    below: ["common"],
    config: { entrypoint: ["/coredns"], env: [path] },
  },
  {
    name: `registry.k8s.io/pause:${pause}`,
    build: "pause",
    programs: { pause: "pause" },
    below: [],
    config: { entrypoint: ["/pause"], user: "65535:65535", env: [path] },
  },
  {
    name: `ghcr.io/flannel-io/flannel:${versions.flannel}`,
    build: "flannel",
    programs: { flanneld: "opt/bin/flanneld" },
    below: ["network"],
    config: { entrypoint: ["/opt/bin/flanneld"], env: [path] },
  },
  {
    name: haproxyImage,
    below: ["common", "haproxy"],
    config: { entrypoint: ["/usr/local/sbin/haproxy"], user: "99:99", env: [path] },
  },
  {
    name: webImage,
    build: "agnhost",
    programs: { agnhost: "agnhost" },
    below: ["common", "busybox"],
    config: { entrypoint: ["/agnhost"], cmd: ["pause"], env: [path] },
  },
];

const programLayer = async (
  build: string,
  programs: Readonly<Record<string, string>>,
  log: Log,
  kubernetes: KubernetesMinor,
): Promise<string> => {
  const directory = await goBuild(build, log, kubernetes);
  const entries = Object.fromEntries(
    Object.entries(programs).map(([program, place]) => [place, { from: join(directory, program), mode: 0o755 }] as const),
  );
  return await entriesLayer(Object.keys(programs)[0] ?? build, entries, log);
};

const buildImage = async (recipe: ImageRecipe, log: Log, kubernetes: KubernetesMinor): Promise<ImageSource> => {
  const { name, build, programs = {}, below, config } = recipe;
  const layers: string[] = [];
  for (const layer of below) layers.push(await lowerLayers[layer](log));
  if (build !== undefined) layers.push(await programLayer(build, programs, log, kubernetes));
  return { name, config, layers: layers.map((tar) => ({ tar, encoding: "zstd" })) };
};

/** Every image that a cluster of the lab needs, as layers on this machine. */
export const labImages = async (log: Log, kubernetes: KubernetesMinor = defaultMinor): Promise<ImageSource[]> => {
  const images: ImageSource[] = [];
  for (const recipe of recipesOf(kubernetesReleases[kubernetes])) images.push(await buildImage(recipe, log, kubernetes));
  return images;
};

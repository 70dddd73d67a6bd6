import { defaults } from "../../config/defaults.ts";
import { isKubeadmText } from "../../config/kubeadm/detect.ts";
import { readKubeadmText } from "../../config/kubeadm/index.ts";
import { isLabel, releaseOf } from "../../config/kubeadm/version-labels.ts";
import { loadConfig } from "../../config/load.ts";
import { readSource, type Source } from "../../config/read-source.ts";
import { judgeRepository } from "../../config/rules/supply.ts";
import type { LoadBalancer } from "../../config/types.ts";
import { fullVersion } from "../../config/versions.ts";
import { UserError } from "../../shared/errors.ts";
import { type ImageNames, imageNames } from "../../supply/images.ts";
import type { Io } from "../io.ts";
import { again } from "./judge-file.ts";

interface ImageMeta {
  readonly imageRepository?: string;
  readonly imageTag?: string;
}

/** What decides about the images of a machine. */
interface Choices {
  readonly version: string;
  readonly repository: string;
  readonly hasProxy: boolean;
  readonly hasDns: boolean;
  readonly hasEtcd: boolean;
  readonly hasFlannel: boolean;
  readonly loadBalancer: LoadBalancer;
  readonly dns: ImageMeta;
  readonly etcd: ImageMeta;
}

const plain: Choices = {
  version: defaults.version,
  repository: defaults.imageRepository,
  hasProxy: true,
  hasDns: true,
  hasEtcd: true,
  hasFlannel: false,
  loadBalancer: "none",
  dns: {},
  etcd: {},
};

const releaseFor = (text: string): string => {
  const release = isLabel(text) ? releaseOf(text) : fullVersion(text);
  if (release !== undefined) return release;
  throw new UserError(`${JSON.stringify(text)} is not a version that kbs knows`, { hint: `write it as ${defaults.version}` });
};

const repositoryFor = (text: string): string => {
  const [wrong] = judgeRepository([], text);
  if (wrong === undefined) return text;
  throw new UserError(`--image-repository: ${wrong.message}`, wrong.hint === undefined ? {} : { hint: wrong.hint });
};

const ofKubeadm = (source: Source): Choices => {
  const { ClusterConfiguration: cluster = {} } = readKubeadmText(source).documents;
  return {
    ...plain,
    ...(cluster.kubernetesVersion ? { version: cluster.kubernetesVersion } : {}),
    ...(cluster.imageRepository ? { repository: cluster.imageRepository } : {}),
    hasProxy: cluster.proxy?.disabled !== true,
    hasDns: cluster.dns?.disabled !== true,
    hasEtcd: cluster.etcd?.external === undefined,
    dns: cluster.dns ?? {},
    etcd: cluster.etcd?.local ?? {},
  };
};

const ofOurs = async (source: Source, io: Io): Promise<Choices> => {
  const { cluster } = await loadConfig(source.name, { stdin: again(source.text), env: io.env });
  return {
    ...plain,
    version: cluster.kubernetes.version,
    repository: cluster.supply.imageRepository,
    hasProxy: cluster.kubernetes.proxyMode !== "none",
    hasEtcd: cluster.etcd.mode === "stacked",
    hasFlannel: cluster.network.plugin === "flannel",
    loadBalancer: cluster.loadBalancer,
  };
};

const choicesOf = async (config: string | undefined, io: Io): Promise<Choices> => {
  if (config === undefined) return plain;
  const source = await readSource(config, io.stdin);
  return isKubeadmText(source.text) ? ofKubeadm(source) : await ofOurs(source, io);
};

const withTag = (image: string, tag: string | undefined): string => (tag ? `${image.slice(0, image.lastIndexOf(":"))}:${tag}` : image);

/** The names of a version, with a repository and tag of their own for DNS and etcd. */
const namesOf = ({ version, repository, dns, etcd }: Choices): ImageNames => {
  const from = (imageRepository: string): ImageNames =>
    imageNames({ kubernetes: { version, proxyMode: "iptables" }, supply: { imageRepository } });
  const names = from(repository);
  return {
    ...names,
    coredns: withTag(dns.imageRepository ? from(dns.imageRepository).coredns : names.coredns, dns.imageTag),
    etcd: withTag(etcd.imageRepository ? from(etcd.imageRepository).etcd : names.etcd, etcd.imageTag),
  };
};

export interface Asked {
  readonly config: string | undefined;
  readonly version: string | undefined;
  readonly repository: string | undefined;
  readonly network: "none" | "flannel";
  readonly role: "control-plane" | "worker";
  readonly io: Io;
}

interface Listed {
  /** Of Kubernetes, with the leading v. */
  readonly version: string;
  readonly images: readonly string[];
}

/**
 * The images of a control plane or a worker, in kubeadm's order; flags win over the file.
 * @throws ConfigError for a file with mistakes; UserError for a version that is none
 */
export const listImages = async ({ config, version, repository, network, role, io }: Asked): Promise<Listed> => {
  const found = await choicesOf(config, io);
  const choices = {
    ...found,
    version: releaseFor(version ?? found.version),
    repository: repository === undefined ? found.repository : repositoryFor(repository),
  };
  const isControlPlane = role === "control-plane";
  const wanted: readonly (readonly [keyof ImageNames, boolean])[] = [
    ["kube-apiserver", isControlPlane],
    ["kube-controller-manager", isControlPlane],
    ["kube-scheduler", isControlPlane],
    ["kube-proxy", choices.hasProxy],
    ["coredns", choices.hasDns],
    ["pause", true],
    ["etcd", isControlPlane && choices.hasEtcd],
    ["flannel", choices.hasFlannel || network === "flannel"],
    ["haproxy", choices.loadBalancer === "haproxy" && !isControlPlane],
    ["kube-vip", choices.loadBalancer === "kube-vip" && isControlPlane],
  ];
  const names = namesOf(choices);
  return { version: choices.version, images: wanted.flatMap(([name, isWanted]) => (isWanted ? [names[name]] : [])) };
};

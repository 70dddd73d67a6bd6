import { runsProxy } from "../config/roles.ts";
import type { Cluster, Role } from "../config/types.ts";
import { balancerVersions, tagOf, versionsFor } from "./versions.ts";

/** Full image names with tags, by component. */
export type ImageNames = Readonly<
  Record<
    | "kube-apiserver"
    | "kube-controller-manager"
    | "kube-scheduler"
    | "etcd"
    | "pause"
    | "kube-proxy"
    | "coredns"
    | "flannel"
    | keyof typeof balancerVersions,
    string
  >
>;

/** What of a cluster decides about its images. */
export interface ImageChoices {
  readonly kubernetes: Pick<Cluster["kubernetes"], "version" | "proxyMode" | "dnsDisabled">;
  readonly etcd: Pick<Cluster["etcd"], "mode">;
  readonly network: Pick<Cluster["network"], "plugin">;
  readonly loadBalancer: Cluster["loadBalancer"];
  readonly supply: Pick<Cluster["supply"], "imageRepository" | "images">;
}

const defaultRepository = "registry.k8s.io";

/** What spreads the control-plane endpoint: from its makers' own registries, or from the one that has all. */
export const balancerImages = (repository: string): Pick<ImageNames, keyof typeof balancerVersions> => {
  const isDefault = repository === defaultRepository;
  return {
    haproxy: `${isDefault ? "docker.io/library" : repository}/haproxy:${balancerVersions.haproxy}`,
    "kube-vip": `${isDefault ? "ghcr.io/kube-vip" : repository}/kube-vip:${balancerVersions["kube-vip"]}`,
  };
};

/** Names by kubeadm's rule: only in the default registry does CoreDNS lie in a folder of its own. flannel comes from its own registry there. */
export const imageNames = ({ kubernetes, supply }: Pick<ImageChoices, "kubernetes" | "supply">): ImageNames => {
  const repository = supply.imageRepository || defaultRepository;
  const isDefault = repository === defaultRepository;
  const versions = versionsFor(kubernetes.version);
  const { etcd, coredns } = supply.images ?? {};
  const dnsFolder = isDefault && coredns?.repository === undefined ? "coredns/" : "";
  const component = (name: string): string => `${repository}/${name}:${tagOf(kubernetes.version)}`;
  return {
    "kube-apiserver": component("kube-apiserver"),
    "kube-controller-manager": component("kube-controller-manager"),
    "kube-scheduler": component("kube-scheduler"),
    "kube-proxy": component("kube-proxy"),
    etcd: `${etcd?.repository ?? repository}/etcd:${etcd?.tag ?? versions.etcd}`,
    pause: `${repository}/pause:${versions.pause}`,
    coredns: `${coredns?.repository ?? repository}/${dnsFolder}coredns:${coredns?.tag ?? versions.coredns}`,
    flannel: `${isDefault ? "ghcr.io/flannel-io" : repository}/flannel:${versions.flannel}`,
    ...balancerImages(repository),
  };
};

/** Whether a host with these roles runs a kubelet. */
export const isNode = (roles: readonly Role[]): boolean => roles.includes("control-plane") || roles.includes("worker");

/** The images which the pods of a host with these roles need. pause comes first: without it no pod starts. */
export const imagesFor = (roles: readonly Role[], cluster: ImageChoices): string[] => {
  if (!isNode(roles)) return [];
  const names = imageNames(cluster);
  const wanted: (keyof ImageNames)[] = ["pause"];
  if (roles.includes("control-plane")) {
    if (cluster.etcd.mode === "stacked") wanted.push("etcd");
    wanted.push("kube-apiserver", "kube-controller-manager", "kube-scheduler");
  }
  if (cluster.kubernetes.proxyMode !== "none") wanted.push("kube-proxy");
  if (cluster.network.plugin === "flannel") wanted.push("flannel");
  if (runsProxy({ roles }, cluster)) wanted.push("haproxy");
  // Any node may be asked to run CoreDNS, or to take it over from a node that is gone.
  if (!cluster.kubernetes.dnsDisabled) wanted.push("coredns");
  return wanted.map((name) => names[name]);
};

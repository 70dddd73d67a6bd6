import { parse } from "yaml";
import { UserError } from "../shared/errors.ts";
import { isMap } from "../shared/is-map.ts";
import type { HostFile } from "./file-types.ts";
import { certificatesDir } from "./kubeadm/static-defaults.ts";
import { resolveCluster } from "./resolve.ts";
import type { Cluster, Fragment, ProxyMode } from "./types.ts";
import { fullVersion } from "./versions.ts";

/** The ConfigMaps of a cluster, in kube-system, from which a machine learns how to be its node: YAML texts. */
export interface ClusterTexts {
  /** ClusterConfiguration of kubeadm-config. */
  readonly clusterConfiguration: string;
  /** KubeletConfiguration of kubelet-config. */
  readonly kubelet: string;
  /** KubeProxyConfiguration of kube-proxy; undefined where the cluster has none. */
  readonly kubeProxy: string | undefined;
}

/** What is known beside them. */
export interface Joining {
  readonly endpoint: Cluster["controlPlaneEndpoint"];
  readonly host: HostFile;
}

const fields = (value: unknown): Fragment => (isMap(value) ? value : {});
const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

/** @throws UserError for what is no document of the kind. YAML 1.1, as its writers have it */
const documentOf = (content: string, kind: string, where: string): Fragment => {
  let read: unknown;
  try {
    read = parse(content, { version: "1.1" });
  } catch (error) {
    throw new UserError(`the cluster's ${where} cannot be read: ${error instanceof Error ? error.message : String(error)}`, {
      exit: "phase",
    });
  }
  if (isMap(read) && read["kind"] === kind) return read;
  throw new UserError(`the cluster's ${where} holds no ${kind}`, {
    exit: "phase",
    hint: `see it: kubectl -n kube-system get configmap ${where} -o yaml`,
  });
};

const proxyModes: readonly ProxyMode[] = ["iptables", "nftables", "ipvs"];

/** What its kube-proxy pods will need of the node. */
const proxyModeOf = ({ proxy }: Fragment, kubeProxy: string | undefined): ProxyMode => {
  if (fields(proxy)["disabled"] === true || kubeProxy === undefined) return "none";
  const { mode } = documentOf(kubeProxy, "KubeProxyConfiguration", "kube-proxy");
  return proxyModes.find((known) => known === mode) ?? "iptables";
};

/** The configuration of the cluster's kubelets, as it stands: what kbs itself would write gives way to it. */
const kubeletOf = (content: string): Fragment => {
  const { apiVersion: _version, kind: _kind, ...rest } = documentOf(content, "KubeletConfiguration", "kubelet-config");
  return rest;
};

/**
 * A cluster that exists, as far as a worker must know it, by what kubeadm or kbs has stored there. Of its other hosts, its control planes and its pod network
 * nothing is known: of the last only whether there can be flannel, which wants a pod subnet.
 * @throws UserError exit "phase" when they cannot be read or lack what is needed
 */
export const joinedCluster = (texts: ClusterTexts, { endpoint, host }: Joining): Cluster => {
  const config = documentOf(texts.clusterConfiguration, "ClusterConfiguration", "kubeadm-config");
  const { podSubnet, serviceSubnet, dnsDomain } = fields(config["networking"]);
  const version = fullVersion(text(config["kubernetesVersion"]) ?? "");
  if (version === undefined || text(serviceSubnet) === undefined) {
    const lacks = version === undefined ? "kubernetesVersion" : "networking.serviceSubnet";
    throw new UserError(`the cluster's kubeadm-config does not say its ${lacks}`, {
      exit: "phase",
      hint: "see it: kubectl -n kube-system get configmap kubeadm-config -o yaml",
    });
  }
  const clusterName = text(config["clusterName"]) ?? "kubernetes";
  const imageRepository = text(config["imageRepository"]);
  const domain = text(dnsDomain);
  const cluster = resolveCluster(
    {
      metadata: { name: clusterName },
      spec: {
        hosts: [host],
        controlPlaneEndpoint: endpoint,
        kubernetes: {
          version,
          clusterName,
          podSubnet: text(podSubnet) ?? "",
          serviceSubnet: text(serviceSubnet) ?? "",
          proxyMode: proxyModeOf(config, texts.kubeProxy),
          kubelet: kubeletOf(texts.kubelet),
          ...(domain !== undefined && { dnsDomain: domain }),
        },
        network: { plugin: text(podSubnet) === undefined ? "none" : "flannel" },
        ...(imageRepository !== undefined && { supply: { imageRepository } }),
      },
    },
    "kbs join",
    process.cwd(),
  );
  // Its kubelets look for the CA there.
  const folder = text(config["certificatesDir"]);
  if (folder === undefined || folder === certificatesDir) return cluster;
  return { ...cluster, kubernetes: { ...cluster.kubernetes, certificatesDir: folder } };
};

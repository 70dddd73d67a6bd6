import { isMap } from "../../shared/is-map.ts";
import { defaults } from "../defaults.ts";
import type { ClusterFile, HostFile } from "../file-types.ts";
import type { Fragment, NetworkPlugin, ProxyMode } from "../types.ts";
import { type Documents, wholeArgs } from "./file-types.ts";
import { goSeconds } from "./go-duration.ts";
import { runtimeOf } from "./unsupported.ts";
import { withoutLabel } from "./version-labels.ts";

/** What kubeadm takes from the machine where a file is silent. */
export interface ThisHost {
  /** Its name, as `hostname` says. */
  readonly name: string;
  /** The address by which others reach it, as a rule that of the default route. */
  readonly address: string;
}

/** A map without what is undefined or an empty text, which in Go is the same as not written; maps that become empty go, too. */
const written = (map: Fragment): Fragment =>
  Object.fromEntries(
    Object.entries(map).flatMap(([key, value]) => {
      const kept = isMap(value) ? written(value) : value;
      const isNothing = kept === undefined || kept === "" || (isMap(kept) && Object.keys(kept).length === 0);
      return isNothing ? [] : [[key, kept]];
    }),
  );

const isUnspecified = (address: string): boolean => address === "0.0.0.0" || address === "::";

const hostOf = ({ InitConfiguration: init }: Documents, here: ThisHost): HostFile => {
  const { name = "", taints } = init?.nodeRegistration ?? {};
  const { advertiseAddress: address = "" } = init?.localAPIEndpoint ?? {};
  return {
    name: (name === "" ? here.name : name).trim().toLowerCase(),
    address: address === "" || isUnspecified(address) ? here.address : address,
    // Without a taint ordinary pods run there, which is what makes a worker.
    roles: taints?.length === 0 ? ["control-plane", "worker"] : ["control-plane"],
    ...(taints === undefined
      ? {}
      : {
          taints: taints.map(({ key, value, effect }) => ({
            ...(key === undefined ? {} : { key }),
            ...(value === undefined ? {} : { value }),
            ...(effect === undefined ? {} : { effect }),
          })),
        }),
    local: true,
  };
};

const modes: readonly ProxyMode[] = ["iptables", "nftables", "ipvs"];

/** kube-proxy's mode; undefined for one that Linux has not. */
export const proxyModeOf = ({ ClusterConfiguration: cluster, KubeProxyConfiguration: proxy }: Documents): ProxyMode | undefined => {
  if (cluster?.proxy?.disabled === true) return "none";
  const mode: unknown = proxy?.["mode"] ?? "";
  return mode === "" ? defaults.proxyMode : modes.find((known) => known === mode);
};

const seconds = (text: string | undefined): string | undefined => (text === undefined || text === "" ? undefined : `${goSeconds(text)}s`);

type Spec = NonNullable<ClusterFile["spec"]>;

const etcdOf = ({ ClusterConfiguration: cluster }: Documents): NonNullable<Spec["etcd"]> => {
  const { local, external } = cluster?.etcd ?? {};
  if (external === undefined) {
    return {
      ...written({ dataDir: local?.dataDir }),
      extraArgs: wholeArgs(local?.extraArgs),
      serverCertSANs: local?.serverCertSANs ?? [],
      peerCertSANs: local?.peerCertSANs ?? [],
    };
  }
  const { endpoints = [], caFile, certFile, keyFile } = external;
  return { mode: "external", external: { endpoints, ...written({ caFile, certFile, keyFile }) } };
};

/** The old gate wins over the field where both are written, as in kubeadm until 1.36. */
const algorithmOf = ({ featureGates, encryptionAlgorithm }: NonNullable<Documents["ClusterConfiguration"]>): string | undefined => {
  const gate = featureGates?.["PublicKeysECDSA"];
  return gate === undefined ? encryptionAlgorithm : gate ? "ECDSA-P256" : "RSA-2048";
};

const kubernetesOf = (documents: Documents, network: NetworkPlugin): NonNullable<Spec["kubernetes"]> => {
  const { InitConfiguration: init, ClusterConfiguration: cluster = {} } = documents;
  const { networking = {}, clusterName, kubernetesVersion = "" } = cluster;
  const port = init?.localAPIEndpoint?.bindPort ?? 0;
  const mode = proxyModeOf(documents);
  return {
    // kubeadm's default where the pod network is somebody else's.
    ...(network === "none" && { podSubnet: "" }),
    ...written({
      version: withoutLabel(kubernetesVersion),
      clusterName,
      ...networking,
      encryptionAlgorithm: algorithmOf(cluster),
      certificateValidityPeriod: seconds(cluster.certificateValidityPeriod),
      caCertificateValidityPeriod: seconds(cluster.caCertificateValidityPeriod),
    }),
    ...(mode === undefined ? {} : { proxyMode: mode }),
    apiServer: {
      extraArgs: wholeArgs(cluster.apiServer?.extraArgs),
      certSANs: (cluster.apiServer?.certSANs ?? []).map((name) => name.toLowerCase()),
      ...(port === 0 ? {} : { bindPort: port }),
    },
    controllerManager: { extraArgs: wholeArgs(cluster.controllerManager?.extraArgs) },
    scheduler: { extraArgs: wholeArgs(cluster.scheduler?.extraArgs) },
    kubelet: written(documents.KubeletConfiguration ?? {}),
    kubeProxy: written(documents.KubeProxyConfiguration ?? {}),
  };
};

/** kubeadm's documents as a file of kbs's own would say them. */
export const clusterFileOf = (documents: Documents, here: ThisHost, network: NetworkPlugin): ClusterFile => {
  const { InitConfiguration: init, ClusterConfiguration: cluster } = documents;
  const runtime = runtimeOf(init?.nodeRegistration?.criSocket);
  return {
    apiVersion: "kbs/v1",
    kind: "Cluster",
    metadata: { name: defaults.clusterName },
    spec: {
      hosts: [hostOf(documents, here)],
      ...written({ controlPlaneEndpoint: cluster?.controlPlaneEndpoint }),
      kubernetes: kubernetesOf(documents, network),
      ...(runtime === undefined ? {} : { runtime: { name: runtime } }),
      etcd: etcdOf(documents),
      network: { plugin: network },
      supply: written({ imageRepository: cluster?.imageRepository }),
    },
  };
};

import { stringify } from "yaml";
import { defaultMinor, type KubernetesMinor, kubernetesReleases } from "./go-recipes.ts";
import { kubeletNeeds, kubeProxyNeeds } from "./kernel-needs.ts";

export const podSubnet = "10.244.0.0/16";

// Preflight would refuse cgroup v1, which is a property of these hosts and not of what is compared.
const nodeRegistration = {
  criSocket: "unix:///run/containerd/containerd.sock",
  ignorePreflightErrors: ["SystemVerification"],
  imagePullPolicy: "IfNotPresent",
};

const documents = (list: readonly object[]): string => list.map((document) => stringify(document)).join("---\n");
const kubeadm = "kubeadm.k8s.io/v1beta4";

/** What a cluster of several control planes has. */
export interface SharedConfig {
  /** The API for all nodes, `name:port`. */
  readonly endpoint: string;
  /** Seals what control planes share: 64 hexadecimal digits. */
  readonly certificateKey: string;
}

/** The file for `kubeadm init`: a fixed version, so that kubeadm does not look for the newest, and keys of 2048 bits. */
export const initConfig = (
  name: string,
  address: string,
  token: string,
  kubernetes: KubernetesMinor = defaultMinor,
  shared?: SharedConfig,
): string =>
  documents([
    {
      apiVersion: kubeadm,
      kind: "InitConfiguration",
      bootstrapTokens: [{ token, ttl: "1h0m0s" }],
      localAPIEndpoint: { advertiseAddress: address },
      nodeRegistration: { name, ...nodeRegistration },
      ...(shared && { certificateKey: shared.certificateKey }),
    },
    {
      apiVersion: kubeadm,
      kind: "ClusterConfiguration",
      ...(shared && { controlPlaneEndpoint: shared.endpoint }),
      kubernetesVersion: kubernetesReleases[kubernetes],
      encryptionAlgorithm: "RSA-2048",
      networking: { podSubnet },
    },
    { apiVersion: "kubelet.config.k8s.io/v1beta1", kind: "KubeletConfiguration", ...kubeletNeeds },
    { apiVersion: "kubeproxy.config.k8s.io/v1alpha1", kind: "KubeProxyConfiguration", ...kubeProxyNeeds },
  ]);

/** The file for `kubeadm join` of a worker, or of a further control plane. */
export const joinConfig = (
  name: string,
  apiServerEndpoint: string,
  token: string,
  caCertHash: string,
  controlPlane?: { readonly advertiseAddress: string; readonly certificateKey: string },
): string =>
  documents([
    {
      apiVersion: kubeadm,
      kind: "JoinConfiguration",
      discovery: { bootstrapToken: { token, apiServerEndpoint, caCertHashes: [caCertHash] } },
      ...(controlPlane && {
        controlPlane: {
          localAPIEndpoint: { advertiseAddress: controlPlane.advertiseAddress },
          certificateKey: controlPlane.certificateKey,
        },
      }),
      nodeRegistration: { name, ...nodeRegistration },
    },
  ]);

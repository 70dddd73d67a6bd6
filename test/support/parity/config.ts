import { stringify } from "yaml";
import { mergeDeep } from "../../../src/templates/merge.ts";
import { versions } from "../../lab/go-recipes.ts";
import { kubeletNeeds, kubeProxyNeeds } from "../../lab/kernel-needs.ts";

/** Chosen, so that two clusters have the same. */
export const token = "abcdef.0123456789abcdef";

/** By which what control planes share is sealed. */
export const certificateKey = "5e".repeat(32);

export const podSubnet = "10.244.0.0/16";

/** What a case writes into kubeadm's documents beside what every one needs, by the document's kind. */
export type Wishes = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const kubeadm = "kubeadm.k8s.io/v1beta4";

// Preflight would refuse cgroup v1, which is a property of these hosts and not of what is compared.
const nodeRegistration = { ignorePreflightErrors: ["SystemVerification"] };

/** A version, so that nobody looks for the newest; a pod subnet, since kbs takes one where none is written; and what the lab's kernel needs. */
const base: Wishes = {
  InitConfiguration: { apiVersion: kubeadm, bootstrapTokens: [{ token }], nodeRegistration },
  ClusterConfiguration: { apiVersion: kubeadm, kubernetesVersion: versions.kubernetes, networking: { podSubnet } },
  KubeletConfiguration: { apiVersion: "kubelet.config.k8s.io/v1beta1", ...kubeletNeeds },
  KubeProxyConfiguration: { apiVersion: "kubeproxy.config.k8s.io/v1alpha1", ...kubeProxyNeeds },
};

const text = (documents: Wishes): string =>
  Object.entries(documents)
    .map(([kind, fields]) => stringify({ kind, ...fields }, { version: "1.1" }))
    .join("---\n");

/** The file that both read. */
export const initFile = (wishes: Wishes = {}): string =>
  text(Object.fromEntries(Object.entries(base).map(([kind, fields]) => [kind, mergeDeep(fields, wishes[kind] ?? {})])));

/** The file for a join of either. */
export const joinFile = (apiServerEndpoint: string, caCertHash: string, asControlPlane = false): string =>
  text({
    JoinConfiguration: {
      apiVersion: kubeadm,
      discovery: { bootstrapToken: { token, apiServerEndpoint, caCertHashes: [caCertHash] } },
      nodeRegistration,
      ...(asControlPlane && { controlPlane: { certificateKey } }),
    },
  });

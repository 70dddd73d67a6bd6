import { type Finding, show } from "./problems.ts";

const notYet = "which is not supported yet by this version of kbs";

/** Documents of other programs, by the group of their apiVersion, and what to say of them. */
const foreign: readonly { readonly group: RegExp; readonly message: string; readonly hint?: string }[] = [
  {
    group: /^kubeadm\.k8s\.io\//,
    message: "is a configuration of kubeadm, which is about one machine",
    hint: "`kbs init --config FILE` takes it",
  },
  { group: /^kubekey\.kubesphere\.io\/|^installer\.kubesphere\.io\//, message: `is a configuration of KubeKey, ${notYet}` },
  { group: /^kubelet\.config\.k8s\.io\//, message: "is a document of the kubelet", hint: "write its fields under spec.kubernetes.kubelet" },
  {
    group: /^kubeproxy\.config\.k8s\.io\//,
    message: "is a document of kube-proxy",
    hint: "write its fields under spec.kubernetes.kubeProxy",
  },
  { group: /^k0sctl\.k0sproject\.io\//, message: "is a configuration of k0sctl, which kbs does not read" },
];

/** What is to be said of a document that is another program's; undefined for one that is meant for kbs. */
export const judgeForeign = (data: unknown): Finding | undefined => {
  if (typeof data !== "object" || data === null || !("apiVersion" in data)) return undefined;
  const { apiVersion } = data;
  const known = typeof apiVersion === "string" ? foreign.find(({ group }) => group.test(apiVersion)) : undefined;
  return known && { path: ["apiVersion"], message: `${show(apiVersion)} ${known.message}`, hint: known.hint };
};

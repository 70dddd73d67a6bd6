import type { Cluster } from "../config/types.ts";

/** Where kubeadm puts things. But for the certificates none of it can be chosen: other tools look here. */
export const kubernetesDirectory = "/etc/kubernetes";
export const manifestsDirectory = "/etc/kubernetes/manifests";
export const kubeletDirectory = "/var/lib/kubelet";
export const pki = "/etc/kubernetes/pki";
/** The unit of an etcd that is no static pod, as the guides of etcd name it. */
export const etcdUnitPath = "/etc/systemd/system/etcd.service";

/** Where a cluster keeps its certificates. */
export const certificatesOf = ({ kubernetes }: { readonly kubernetes: Pick<Cluster["kubernetes"], "certificatesDir"> }): string =>
  kubernetes.certificatesDir ?? pki;

/** The socket of a container runtime, as kubeadm names it. */
export const runtimeEndpoint = ({ name, endpoint }: Pick<Cluster["runtime"], "name" | "endpoint">): string =>
  endpoint ?? (name === "containerd" ? "unix:///var/run/containerd/containerd.sock" : "unix:///var/run/crio/crio.sock");

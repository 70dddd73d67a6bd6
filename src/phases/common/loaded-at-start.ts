import type { Cluster } from "../../config/types.ts";
import { certificatesOf, kubernetesDirectory } from "../../templates/paths.ts";

type Loaded = Readonly<Record<string, readonly string[]>>;

/** Where etcd is kbs's own. @param pki where certificates are */
export const loadedAtStart = (pki: string): Loaded => ({
  "kube-apiserver": [`${pki}/sa.key`, `${pki}/sa.pub`, `${pki}/etcd/ca.crt`],
  "kube-controller-manager": [`${kubernetesDirectory}/controller-manager.conf`, `${pki}/sa.key`, `${pki}/ca.crt`, `${pki}/ca.key`],
  "kube-scheduler": [`${kubernetesDirectory}/scheduler.conf`],
});

/** What a component reads only when it starts; certificates that the API server and etcd serve are read anew by themselves, as is one for clients of etcd. */
export const loadedAtStartOf = (pod: string, cluster: Pick<Cluster, "etcd" | "kubernetes">): readonly string[] => {
  const pki = certificatesOf(cluster);
  const usual = loadedAtStart(pki)[pod] ?? [];
  const { mode, external } = cluster.etcd;
  if (mode !== "external") return usual;
  const own = usual.map((path) => (path === `${pki}/etcd/ca.crt` ? external?.caFile : path));
  return own.flatMap((path) => path ?? []);
};

import type { Cluster } from "../../config/types.ts";
import { kubernetesDirectory, pki } from "../../templates/paths.ts";

type Loaded = Readonly<Record<string, readonly string[]>>;

/** Where etcd is kbs's own. */
export const loadedAtStart: Loaded = {
  "kube-apiserver": [`${pki}/sa.key`, `${pki}/sa.pub`, `${pki}/etcd/ca.crt`],
  "kube-controller-manager": [`${kubernetesDirectory}/controller-manager.conf`, `${pki}/sa.key`, `${pki}/ca.crt`, `${pki}/ca.key`],
  "kube-scheduler": [`${kubernetesDirectory}/scheduler.conf`],
};

/** What a component reads only when it starts; certificates that the API server and etcd serve are read anew by themselves, as is one for clients of etcd. */
export const loadedAtStartOf = (pod: string, { etcd }: Pick<Cluster, "etcd">): readonly string[] => {
  const usual = loadedAtStart[pod] ?? [];
  if (etcd.mode !== "external") return usual;
  const own = usual.map((path) => (path === `${pki}/etcd/ca.crt` ? etcd.external?.caFile : path));
  return own.flatMap((path) => path ?? []);
};

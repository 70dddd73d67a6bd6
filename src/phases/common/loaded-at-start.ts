import { kubernetesDirectory, pki } from "../../templates/paths.ts";

/** What a component reads only when it starts; certificates that the API server and etcd serve are read anew by themselves. */
export const loadedAtStart: Readonly<Record<string, readonly string[]>> = {
  "kube-apiserver": [`${pki}/sa.key`, `${pki}/sa.pub`, `${pki}/etcd/ca.crt`],
  "kube-controller-manager": [`${kubernetesDirectory}/controller-manager.conf`, `${pki}/sa.key`, `${pki}/ca.crt`, `${pki}/ca.key`],
  "kube-scheduler": [`${kubernetesDirectory}/scheduler.conf`],
};

import type { KubeObject } from "../../changes/change.ts";
import { bootstrapGroup, group, readers } from "./rbac.ts";

/** Where kubeadm looks for the certificates that control planes share. */
export const certsSecretName = "kubeadm-certs";

/** Who has a bootstrap token may read them; without the key they are noise. */
export const certsReaders: readonly KubeObject[] = readers(
  { namespace: "kube-system", name: "kubeadm:kubeadm-certs" },
  { resource: "secrets", name: certsSecretName },
  [group(bootstrapGroup)],
);

/** The token that stands for the life of the upload: nobody can log in by it, nothing is signed by it. */
export const certsTokenDescription = "Proxy for managing TTL for the kubeadm-certs secret";

/**
 * The Secret itself, which goes with the token that owns it.
 * @param sealed by its name in the Secret
 */
export const certsSecret = (
  sealed: Readonly<Record<string, Buffer>>,
  owner: { readonly name: string; readonly uid: string },
): KubeObject => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: {
    name: certsSecretName,
    namespace: "kube-system",
    ownerReferences: [{ apiVersion: "v1", kind: "Secret", ...owner, controller: true, blockOwnerDeletion: true }],
  },
  type: "Opaque",
  data: Object.fromEntries(Object.entries(sealed).map(([name, bytes]) => [name, bytes.toString("base64")])),
});

import { toYaml } from "../yaml.ts";

/** Where the kubelet keeps its own certificates. */
export const kubeletPkiDirectory = "/var/lib/kubelet/pki";

/** Its client certificate and key: a link to the newest of them, which it moves at every renewal. */
export const rotatedClient = `${kubeletPkiDirectory}/kubelet-client-current.pem`;

/** The file behind the link, named as the kubelet names them: by the second of its making. */
export const clientPemPath = (made: Date): string =>
  `${kubeletPkiDirectory}/kubelet-client-${made.toISOString().slice(0, 19).replaceAll(/[T:]/g, "-")}.pem`;

interface KubeletAccess {
  readonly server: string;
  /** PEM. */
  readonly ca: string;
}

/** kubelet.conf of the first control plane in its final form: the kubelet renews what it names. kubeadm writes it so at the end of init. */
export const kubeletKubeconfig = (input: KubeletAccess & { readonly clusterName: string; readonly user: string }): string =>
  render(input, { cluster: input.clusterName, user: input.user, context: `${input.user}@${input.clusterName}` });

/** kubelet.conf of a node that has joined, as the kubelet itself writes it when it has its certificate (pkg/kubelet/certificate/bootstrap). */
export const joinedKubeletKubeconfig = (access: KubeletAccess): string =>
  render(access, { cluster: "default-cluster", user: "default-auth", context: "default-context", namespace: "default" });

interface Names {
  readonly cluster: string;
  readonly user: string;
  readonly context: string;
  readonly namespace?: string;
}

const render = ({ server, ca }: KubeletAccess, { cluster, user, context, namespace }: Names): string =>
  toYaml({
    apiVersion: "v1",
    clusters: [
      {
        cluster: { "certificate-authority-data": Buffer.from(ca).toString("base64"), server },
        name: cluster,
      },
    ],
    contexts: [{ context: { cluster, ...(namespace !== undefined && { namespace }), user }, name: context }],
    "current-context": context,
    kind: "Config",
    users: [{ name: user, user: { "client-certificate": rotatedClient, "client-key": rotatedClient } }],
  });

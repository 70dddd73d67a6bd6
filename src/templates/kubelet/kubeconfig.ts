import { toYaml } from "../yaml.ts";

/** Where the kubelet keeps its client certificate and key: a link to the newest of them, which it moves at every renewal. */
export const rotatedClient = "/var/lib/kubelet/pki/kubelet-client-current.pem";

/** The file behind the link, named as the kubelet names them: by the second of its making. */
export const clientPemPath = (made: Date): string =>
  `/var/lib/kubelet/pki/kubelet-client-${made.toISOString().slice(0, 19).replaceAll(/[T:]/g, "-")}.pem`;

/** kubelet.conf of a control plane in its final form: the kubelet renews what it names. kubeadm writes it so at the end of init. */
export const kubeletKubeconfig = (input: {
  readonly clusterName: string;
  readonly server: string;
  readonly ca: string;
  readonly user: string;
}): string => {
  const context = `${input.user}@${input.clusterName}`;
  return toYaml({
    apiVersion: "v1",
    clusters: [
      {
        cluster: { "certificate-authority-data": Buffer.from(input.ca).toString("base64"), server: input.server },
        name: input.clusterName,
      },
    ],
    contexts: [{ context: { cluster: input.clusterName, user: input.user }, name: context }],
    "current-context": context,
    kind: "Config",
    users: [{ name: input.user, user: { "client-certificate": rotatedClient, "client-key": rotatedClient } }],
  });
};

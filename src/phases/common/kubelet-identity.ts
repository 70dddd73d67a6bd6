import { basename } from "node:path";
import type { Change } from "../../changes/change.ts";
import type { PkiFile } from "../../pki/issue.ts";
import { type Kubeconfig, readKubeconfig } from "../../pki/kubeconfig/kubeconfig.ts";
import { nameClientFile } from "../../pki/kubeconfig/renew.ts";
import { quote } from "../../shared/quote.ts";
import {
  clientPemPath,
  joinedKubeletKubeconfig,
  kubeletKubeconfig,
  kubeletPkiDirectory,
  rotatedClient,
} from "../../templates/kubelet/kubeconfig.ts";
import { kubernetesDirectory } from "../../templates/paths.ts";
import type { Context } from "../context.ts";
import { makes } from "./parts.ts";
import { fileIn, pkiChange } from "./pki.ts";

const kubeletConf = `${kubernetesDirectory}/kubelet.conf`;

/** The file that an attempt has written which was cut off before kubelet.conf; else a new one, by this run's second. */
const clientPem = ({ pkiFound, now }: Context, host: string): string =>
  [...(pkiFound.get(host)?.keys() ?? [])].findLast((path) => path.startsWith(`${kubeletPkiDirectory}/`)) ?? clientPemPath(now);

/** One that is kept names the file instead of what it embeds; a new one is as it is in the end. */
const finalConf = ({ cluster, first }: Context, host: string, { content, reason }: PkiFile, { server, ca = "" }: Kubeconfig): string => {
  if (reason === undefined) return nameClientFile(content.toString(), rotatedClient) ?? content.toString();
  if (host !== first) return joinedKubeletKubeconfig({ server, ca });
  return kubeletKubeconfig({ clusterName: cluster.kubernetes.clusterName, server, ca, user: `system:node:${host}` });
};

/** A certificate with its key, behind the link that kubelet.conf names. */
const certificateChanges = (path: string, pem: Buffer, reason: string): Change[] => [
  { kind: "made", path, mode: 0o600, secret: true, what: "the kubelet's client certificate", reason, make: () => pem },
  {
    kind: "command",
    name: "link the kubelet's client certificate",
    check: `[ "$(readlink ${rotatedClient})" = ${quote(path)} ] || { echo 'links elsewhere'; exit 1; }`,
    apply: `ln -sfn ${quote(path)} ${rotatedClient}`,
    undo: `rm -f ${rotatedClient}`,
  },
];

/**
 * Who the kubelet is. kubelet.conf names the certificate's file from the start, as it does at the end of kubeadm's init (kubelet-finalize); so the kubelet
 * need not be restarted for its certificate to be renewed. The certificate stands before the file that names it. `pki`: files of the host's PKI, kubelet.conf
 * among them.
 */
export const kubeletIdentity = (context: Context, host: string, pki: () => readonly PkiFile[]): Change[] => {
  const [isMade, isFinal] = [makes(context, "kubeconfig/kubelet"), makes(context, "kubelet-finalize/enable-client-cert-rotation")];
  if (!isMade && !isFinal) return [];
  const file = fileIn(pki(), kubeletConf);
  const embedded = isFinal ? readKubeconfig(file.content.toString()) : undefined;
  if (embedded?.clientCertificate === undefined || embedded.clientKey === undefined) return isMade ? [pkiChange(file, context, host)] : [];
  const { reason = "it embeds a certificate, which nobody would renew" } = file;
  const pem = Buffer.from(embedded.clientCertificate + embedded.clientKey);
  // A kubelet that has started with the kept file has put the certificate there by itself.
  const isThere = file.reason === undefined && context.joined.has(host);
  const conf = Buffer.from(finalConf(context, host, file, embedded));
  return [
    { kind: "directory", path: kubeletPkiDirectory, mode: 0o755, data: true },
    ...(isThere ? [] : certificateChanges(clientPem(context, host), pem, reason)),
    { kind: "made", path: kubeletConf, mode: 0o600, secret: true, what: basename(kubeletConf), reason, make: () => conf },
  ];
};

import { basename } from "node:path";
import type { Change } from "../changes/change.ts";
import { readKubeconfig } from "../pki/kubeconfig.ts";
import { quote } from "../shared/quote.ts";
import { clientPemPath, joinedKubeletKubeconfig, kubeletKubeconfig, rotatedClient } from "../templates/kubelet/kubeconfig.ts";
import { flannelCniFile } from "../templates/objects/flannel.ts";
import { kubernetesDirectory, pki } from "../templates/paths.ts";
import { kubeletConfiguration } from "./common/kubelet.ts";
import { pkiChange, pkiFileOf } from "./common/pki.ts";
import { type ClusterPhase, type Context, hostNamed, otherControlPlanes, touchedFirst } from "./context.ts";

const kubeletConf = `${kubernetesDirectory}/kubelet.conf`;

/** The file that an attempt has written which was cut off before kubelet.conf; else a new one, by this run's second. */
const clientPem = ({ pkiFound, now }: Context, host: string): string =>
  [...(pkiFound.get(host)?.keys() ?? [])].findLast((path) => path.startsWith("/var/lib/kubelet/pki/")) ?? clientPemPath(now);

/**
 * kubelet.conf names the certificate's file from the start, as it does at the end of kubeadm's init; so the kubelet need not be restarted
 * for its certificate to be renewed. The certificate stands before the file that names it.
 */
const kubeletIdentity = (context: Context, host: string): Change[] => {
  const file = pkiFileOf(context, host, kubeletConf);
  const made = file.reason === undefined ? undefined : readKubeconfig(file.content.toString());
  if (made?.clientCertificate === undefined || made.clientKey === undefined || made.ca === undefined)
    return [pkiChange(file, context, host)];
  const pem = Buffer.from(made.clientCertificate + made.clientKey);
  const path = clientPem(context, host);
  const { server, ca } = made;
  const conf =
    host === context.first
      ? kubeletKubeconfig({ clusterName: context.cluster.kubernetes.clusterName, server, ca, user: `system:node:${host}` })
      : joinedKubeletKubeconfig({ server, ca });
  return [
    { kind: "made", path, mode: 0o600, secret: true, what: "the kubelet's client certificate", reason: file.reason ?? "", make: () => pem },
    {
      kind: "command",
      name: "link the kubelet's client certificate",
      check: `[ "$(readlink ${rotatedClient})" = ${quote(path)} ] || { echo 'links elsewhere'; exit 1; }`,
      apply: `ln -sfn ${quote(path)} ${rotatedClient}`,
      undo: `rm -f ${rotatedClient}`,
    },
    {
      kind: "made",
      path: kubeletConf,
      mode: 0o600,
      secret: true,
      what: basename(kubeletConf),
      reason: file.reason ?? "",
      make: () => Buffer.from(conf),
    },
  ];
};

/**
 * The first node is ready as soon as it is registered: of what runs before its node is ready, the controller manager sets the readiness back (node
 * lifecycle, MarkPodsNotReady), which the kubelet puts right in its next round of ten seconds only. Flannel puts this file on every other node
 * when its subnet is there. Here DNS waits for that, and it is the first pod that needs the network.
 */
const networkConfiguration = (context: Context, host: string): Change[] =>
  context.cluster.network.plugin === "flannel" && host === context.first ? [{ kind: "file", ...flannelCniFile }] : [];

const kubeletOf = (context: Context, host: string): Change[] => [
  { kind: "directory", path: "/var/lib/kubelet/pki", mode: 0o755, data: true },
  // The CA's key before its certificate: a certificate alone would look like a CA that is kept elsewhere.
  pkiChange(pkiFileOf(context, host, `${pki}/ca.key`), context, host),
  pkiChange(pkiFileOf(context, host, `${pki}/ca.crt`), context, host),
  ...networkConfiguration(context, host),
  ...kubeletIdentity(context, host),
  ...kubeletConfiguration(context, hostNamed(context, host)),
];

/**
 * Needs: the kubelet installed, containerd running, keys in memory. Gives: a kubelet that waits for manifests and for its API server, while
 * certificates are written and images imported.
 */
export const startKubelet: ClusterPhase = {
  id: "start-kubelet",
  title: "Start the control plane's kubelet",
  hosts: touchedFirst,
  needs: [
    { phase: "install-containerd", on: "here" },
    { phase: "install-kubelet", on: "here" },
    { phase: "make-pki", on: "first" },
  ],
  wish: (context, host) => kubeletOf(context, host),
};

/**
 * Needs: a place in etcd's list of members. Gives: a kubelet that waits for manifests. Not earlier: one that finds no API server asks again only after
 * ever longer pauses, of up to half a minute in the end.
 */
export const startMemberKubelet: ClusterPhase = {
  id: "start-member-kubelet",
  title: "Start the other control planes' kubelets",
  hosts: otherControlPlanes,
  needs: [
    { phase: "install-containerd", on: "here" },
    { phase: "write-certificates", on: "here" },
    { phase: "join-etcd", on: "here" },
  ],
  wish: (context, host) => kubeletOf(context, host),
};

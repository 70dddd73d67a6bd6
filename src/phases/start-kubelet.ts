import type { Change } from "../changes/change.ts";
import type { PkiFile } from "../pki/issue.ts";
import { flannelCniFile } from "../templates/objects/flannel.ts";
import { kubeletConfiguration } from "./common/kubelet.ts";
import { kubeletIdentity } from "./common/kubelet-identity.ts";
import { makes } from "./common/parts.ts";
import { kubeletPkiOf, pkiChange } from "./common/pki.ts";
import { type ClusterPhase, type Context, hostNamed, otherControlPlanes, touchedFirst } from "./context.ts";

/**
 * The first node is ready as soon as it is registered: of what runs before its node is ready, the controller manager sets the readiness back (node
 * lifecycle, MarkPodsNotReady), which the kubelet puts right in its next round of ten seconds only. Flannel puts this file on every other node
 * when its subnet is there. Here DNS waits for that, and it is the first pod that needs the network.
 */
const networkConfiguration = (context: Context, host: string): Change[] =>
  context.cluster.network.plugin === "flannel" && host === context.first ? [{ kind: "file", ...flannelCniFile }] : [];

/** The CA's key before its certificate: a certificate alone would look like a CA that is kept elsewhere. */
const ca = (context: Context, host: string, pki: readonly PkiFile[]): Change[] =>
  pki.filter(({ part }) => part === "certs/ca").map((file) => pkiChange(file, context, host));

const kubeletOf = (context: Context, host: string): Change[] => {
  // Asked for only where something of it is made: a single phase that starts the kubelet has none in memory.
  const pki = () => kubeletPkiOf(context, host);
  return [
    ...(makes(context, "certs/ca") ? ca(context, host, pki()) : []),
    ...kubeletIdentity(context, host, pki),
    ...(makes(context, "kubelet-start")
      ? [...networkConfiguration(context, host), ...kubeletConfiguration(context, hostNamed(context, host))]
      : []),
  ];
};

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
    { phase: "make-kubelet-pki", on: "first" },
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

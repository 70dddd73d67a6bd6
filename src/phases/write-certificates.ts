import type { Change } from "../changes/change.ts";
import { kubernetesDirectory, pki } from "../templates/paths.ts";
import { kubernetesFolder } from "./common/directories.ts";
import { kubeletIdentity } from "./common/kubelet-identity.ts";
import { makes } from "./common/parts.ts";
import { pkiChange, pkiOf } from "./common/pki.ts";
import { type ClusterPhase, type Context, controlPlanes } from "./context.ts";

/** Written with the kubelet. */
const early = new Set([`${pki}/ca.key`, `${pki}/ca.crt`, `${kubernetesDirectory}/kubelet.conf`]);

/** With an external etcd it is its owner's, if it is there at all. */
const etcdFolder = ({ cluster }: Context): readonly Change[] =>
  cluster.etcd.mode === "external" ? [] : [{ kind: "directory", path: `${pki}/etcd`, mode: 0o755 }];

/** Needs: the PKI in memory. Gives: every key, certificate and kubeconfig of a control plane which its kubelet does not bring. */
export const writeCertificates: ClusterPhase = {
  id: "write-certificates",
  title: "Write certificates and kubeconfigs",
  hosts: controlPlanes,
  needs: [
    { phase: "start-kubelet", on: "here" },
    { phase: "install-kubelet", on: "here" },
    { phase: "make-member-pki", on: "here" },
  ],
  wish: (context, host) => [
    ...etcdFolder(context),
    ...pkiOf(context, host)
      .filter(({ path, part }) => !early.has(path) && makes(context, part))
      .map((file) => pkiChange(file, context, host)),
  ],
};

/** Gives: of the keys, certificates and kubeconfigs in memory those that the run makes, and nothing else. */
export const writePki: ClusterPhase = {
  id: "write-pki",
  title: "Write keys, certificates and kubeconfigs",
  hosts: controlPlanes,
  needs: [{ phase: "make-pki", on: "first" }],
  wish: (context, host) => {
    const files = pkiOf(context, host).filter(({ part }) => makes(context, part));
    const below = (folder: string): boolean => files.some(({ path }) => path.startsWith(`${folder}/`));
    return [
      kubernetesFolder,
      ...[pki, `${pki}/etcd`].filter(below).map((path): Change => ({ kind: "directory", path, mode: 0o755 })),
      ...files.filter(({ part }) => part !== "kubeconfig/kubelet").map((file) => pkiChange(file, context, host)),
      ...kubeletIdentity(context, host),
    ];
  },
};

import type { Change } from "../changes/change.ts";
import { kubernetesDirectory, pki } from "../templates/paths.ts";
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
      .filter(({ path }) => !early.has(path))
      .map((file) => pkiChange(file, context, host)),
  ],
};

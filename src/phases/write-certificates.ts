import { kubernetesDirectory, pki } from "../templates/paths.ts";
import { pkiChange, pkiOf } from "./common/pki.ts";
import { type ClusterPhase, controlPlanes } from "./context.ts";

/** Written with the kubelet. */
const early = new Set([`${pki}/ca.key`, `${pki}/ca.crt`, `${kubernetesDirectory}/kubelet.conf`]);

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
    { kind: "directory", path: `${pki}/etcd`, mode: 0o755 },
    ...pkiOf(context, host)
      .filter(({ path }) => !early.has(path))
      .map((file) => pkiChange(file, context, host)),
  ],
};

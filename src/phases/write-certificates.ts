import { kubernetesDirectory, pki } from "../templates/paths.ts";
import { pkiChange } from "./common/pki.ts";
import { type ClusterPhase, controlPlanes } from "./context.ts";

/** Written by start-kubelet, ahead of the rest. */
const early = new Set([`${pki}/ca.key`, `${pki}/ca.crt`, `${kubernetesDirectory}/kubelet.conf`]);

/** Needs: the PKI in memory. Gives: every other key, certificate and kubeconfig of the control plane. */
export const writeCertificates: ClusterPhase = {
  id: "write-certificates",
  title: "Write certificates and kubeconfigs",
  hosts: controlPlanes,
  needs: [{ phase: "start-kubelet", on: "here" }],
  wish: (context, host) => [
    { kind: "directory", path: `${pki}/etcd`, mode: 0o755 },
    ...context.learned
      .get("pki")
      .filter(({ path }) => !early.has(path))
      .map((file) => pkiChange(file, context, host)),
  ],
};

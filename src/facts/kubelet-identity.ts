import { fact } from "./fact.ts";

/**
 * Whether the kubelet has its own client certificate. It writes kubelet.conf before it has one, so both must be there
 * (pkg/kubelet/certificate/bootstrap).
 */
export const kubeletIdentity = fact(
  "kubeletIdentity",
  "[ -s /etc/kubernetes/kubelet.conf ] && [ -s /var/lib/kubelet/pki/kubelet-client-current.pem ] && echo yes",
  (output): boolean => output.trim() === "yes",
);

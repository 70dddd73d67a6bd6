import { fact } from "./fact.ts";

/**
 * Whether kbs has left anything in its own folder that is to be given back: also true of a host that belongs to no cluster, where a run was killed before
 * its first change or while the last trace was taken away. A node there without a cluster of kbs's is another tool's, and a renewal of its certificates
 * was killed: giving that back would end the node.
 */
export const remains = fact(
  "remains",
  "[ -d /var/lib/kbs ] && { [ -e /var/lib/kbs/cluster ] || [ ! -e /etc/kubernetes/kubelet.conf ]; } && echo yes",
  (output): boolean => output.trim() === "yes",
);

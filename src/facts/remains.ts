import { stateDirectory } from "../changes/sh/base.ts";
import { ownPaths } from "../changes/sh/forget.ts";
import { fact } from "./fact.ts";

/**
 * Whether kbs has left anything in its own folder that is to be given back: also true of a host that belongs to no cluster, where a run was killed before
 * its first change or while the last trace was taken away. What others keep there, such as bundles, does not count. A node there without a cluster of
 * kbs's is another tool's, and a renewal of its certificates was killed: giving that back would end the node.
 */
export const remains = fact(
  "remains",
  `d=${stateDirectory}
[ -d $d ] || exit 0
[ -e $d/cluster ] || { [ ! -e /etc/kubernetes/kubelet.conf ] && { [ -z "$(ls -A $d)" ] || [ -n "$(ls -d ${ownPaths})" ]; }; } || exit 0
echo yes`,
  (output): boolean => output.trim() === "yes",
);

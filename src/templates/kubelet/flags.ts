import { addressesOf } from "../../config/roles.ts";
import type { Cluster, ClusterHost, Taint } from "../../config/types.ts";
import { deltasOf } from "../../config/versions.ts";
import { commandLine } from "../args.ts";
import { kubeletDirectory } from "../paths.ts";

/** A taint as kubelet and kubectl write it: `key=value:Effect`, or `key:Effect`. */
export const formatTaint = ({ key, value, effect }: Taint): string => `${value === "" ? key : `${key}=${value}`}:${effect}`;

/**
 * A worker is born with its taints. A control plane gets its own once it runs: its kubelet starts before there is an API server that
 * could hold pods back.
 */
const taintFlag = ({ roles, taints }: ClusterHost): string | undefined =>
  roles.includes("control-plane") || taints.length === 0 ? undefined : taints.map(formatTaint).join(",");

/**
 * /var/lib/kubelet/kubeadm-flags.env. The node's address is always said: a kubelet left to itself takes the one of the default route, and
 * virtual machines behind NAT all have the same there.
 */
export const kubeletFlagsFile = (cluster: Cluster, host: ClusterHost, { hostnameOverride = false } = {}) => {
  const flags = commandLine(
    {
      "node-ip": addressesOf(host).join(","),
      // Where the machine does not bear the name of its node.
      "hostname-override": hostnameOverride ? host.name : undefined,
      "register-with-taints": taintFlag(host),
    },
    host.kubeletExtraArgs ?? [],
    deltasOf(cluster.kubernetes.version),
  );
  return {
    path: `${kubeletDirectory}/kubeadm-flags.env`,
    mode: 0o644,
    content: `KUBELET_KUBEADM_ARGS=${JSON.stringify(flags.join(" "))}\n`,
  };
};

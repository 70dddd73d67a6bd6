import type { HostFacts } from "../../facts/index.ts";
import type { ModuleName } from "../../facts/modules.ts";
import type { Check, CheckContext } from "../check.ts";
import { familyOf } from "../packages.ts";
import { isNode } from "../roles.ts";
import { listed } from "../words.ts";

const absentOf = (facts: HostFacts, wanted: readonly ModuleName[]): readonly ModuleName[] =>
  wanted.filter((name) => facts.modules[name] === "absent");

/** Distributions that ship less common modules apart: RHEL 10 br_netfilter, Ubuntu's cloud kernels vxlan and ip_vs. */
const remedyFor = ({ os, machine }: HostFacts): string => {
  if (os.id === "ubuntu") return `apt-get install linux-modules-extra-${machine.kernel}`;
  if (familyOf(os) === "rhel") return `dnf install kernel-modules-extra-${machine.kernel}`;
  return "use a kernel that has them; after a kernel upgrade, reboot first: modules of the running one may be gone";
};

const moduleCheck = (
  id: string,
  question: string,
  appliesTo: Check["appliesTo"],
  wanted: (context: CheckContext) => readonly ModuleName[],
  wayOut = "",
): Check => ({
  id,
  question,
  severity: "error",
  appliesTo,
  ask: (context) => {
    const missing = absentOf(context.facts, wanted(context));
    if (missing.length === 0) return undefined;
    return {
      problem: `the kernel has no ${listed(missing)}`,
      evidence: `kernel ${context.facts.machine.kernel}: neither loaded, nor built in, nor among its modules`,
      remedy: `${remedyFor(context.facts)}${wayOut}`,
    };
  },
});

export const kernelModules = moduleCheck("kernel-modules", "Has the kernel what containers and pod networks need?", isNode, () => [
  "overlay",
  "br_netfilter",
  "nf_conntrack",
]);

export const vxlanModule = moduleCheck(
  "vxlan-module",
  "Has the kernel VXLAN, over which flannel carries pod traffic?",
  (context) => isNode(context) && context.cluster.network.plugin === "flannel" && context.cluster.network.flannel.backend === "vxlan",
  () => ["vxlan"],
  ', or set "spec.network.flannel.backend: host-gw" if all hosts share one network',
);

export const proxyModules = moduleCheck(
  "proxy-modules",
  "Has the kernel what the chosen mode of kube-proxy needs?",
  (context) => isNode(context) && ["ipvs", "nftables"].includes(context.cluster.kubernetes.proxyMode),
  ({ cluster }) => (cluster.kubernetes.proxyMode === "ipvs" ? ["ip_vs", "ip_vs_rr", "ip_vs_wrr", "ip_vs_sh"] : ["nf_tables"]),
  ', or set "spec.kubernetes.proxyMode: iptables"',
);

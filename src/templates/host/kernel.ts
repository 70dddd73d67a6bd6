import type { Cluster, ProxyMode } from "../../config/types.ts";
import { familiesOf } from "../../shared/ip.ts";

const proxyModules: Readonly<Record<ProxyMode, readonly string[]>> = {
  iptables: ["nf_conntrack"],
  nftables: ["nf_conntrack", "nf_tables"],
  ipvs: ["nf_conntrack", "ip_vs", "ip_vs_rr", "ip_vs_wrr", "ip_vs_sh"],
  none: [],
};

/** Kernel modules that a node needs: for container layers, for bridged pod traffic that netfilter must see, for kube-proxy. */
export const kernelModules = ({ kubernetes }: Pick<Cluster, "kubernetes">): readonly string[] => [
  "overlay",
  "br_netfilter",
  ...proxyModules[kubernetes.proxyMode],
];

/** Whether pods or Services have addresses of IPv6: kubeadm, too, asks for forwarding if either has. */
const hasIpv6 = ({ podSubnet, serviceSubnet }: Cluster["kubernetes"]): boolean => familiesOf(`${podSubnet},${serviceSubnet}`).includes(6);

/** Kernel settings that a node needs, by key: it forwards for its pods, and bridged traffic passes the rules of kube-proxy. */
export const kernelSettings = ({ kubernetes }: Pick<Cluster, "kubernetes">): Readonly<Record<string, string>> => ({
  "net.bridge.bridge-nf-call-ip6tables": "1",
  "net.bridge.bridge-nf-call-iptables": "1",
  "net.ipv4.ip_forward": "1",
  ...(hasIpv6(kubernetes) ? { "net.ipv6.conf.all.forwarding": "1", "net.ipv6.conf.default.forwarding": "1" } : {}),
});

const lines = (all: readonly string[]): string => all.map((line) => `${line}\n`).join("");

/** Loads the modules at every boot. */
export const modulesFile = (cluster: Pick<Cluster, "kubernetes">) => ({
  path: "/etc/modules-load.d/kbs.conf",
  mode: 0o644,
  content: lines(kernelModules(cluster)),
});

/** Sets the settings at every boot; named to come after a distribution's own files, of which the last wins. */
export const sysctlFile = (cluster: Pick<Cluster, "kubernetes">) => ({
  path: "/etc/sysctl.d/99-kbs.conf",
  mode: 0o644,
  content: lines(Object.entries(kernelSettings(cluster)).map(([key, value]) => `${key} = ${value}`)),
});

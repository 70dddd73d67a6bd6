import type { Change } from "../changes/change.ts";
import { addressesOf, isControlPlane, isNode } from "../config/roles.ts";
import type { ClusterHost } from "../config/types.ts";
import { endpointAddress } from "../templates/balancer/haproxy.ts";
import { mergeHostsBlock } from "../templates/host/hosts-block.ts";
import { kernelModules, kernelSettings, modulesFile, sysctlFile } from "../templates/host/kernel.ts";
import { rememberFirewall } from "./common/firewall.ts";
import { keptPatches, membership } from "./common/membership.ts";
import { type ClusterPhase, type Context, everyHost, factsOf, hostNamed } from "./context.ts";

/** How many hosts of a cluster are named to each other. In a larger one all names on all hosts would be millions of lines to send and compare. */
const mostNamed = 100;

/** Every host, or in a large cluster the host itself and the control planes: nodes find each other by address. */
const namedOn = ({ cluster: { hosts } }: Context, name: string): readonly ClusterHost[] => {
  if (hosts.length <= mostNamed) return hosts;
  const controlPlanes = known.get(hosts) ?? hosts.filter(isControlPlane);
  known.set(hosts, controlPlanes);
  const own = hostNamed({ hosts }, name);
  return controlPlanes.includes(own) ? controlPlanes : [...controlPlanes, own];
};

/** The control planes of each list of hosts: every host asks. */
const known = new WeakMap<readonly ClusterHost[], readonly ClusterHost[]>();

const hostsFile = (context: Context, host: string): Change => {
  const entries = namedOn(context, host).flatMap((one) => addressesOf(one).map((address) => ({ address, names: [one.name] })));
  const endpoint = endpointAddress(context.cluster, hostNamed(context, host));
  if (endpoint !== undefined) entries.push({ address: endpoint, names: [context.cluster.controlPlaneEndpoint.host] });
  return { kind: "file", path: "/etc/hosts", mode: 0o644, content: mergeHostsBlock(factsOf(context, host).hostsFile, entries) };
};

/** Those that are built in need nothing, and of those that the kernel does not have preflight has told. */
const modules = (context: Context, host: string): Change[] => {
  const states: Readonly<Record<string, string>> = factsOf(context, host).modules;
  return kernelModules(context.cluster)
    .filter((name) => states[name] === "loadable" || states[name] === "unknown")
    .map((name) => ({ kind: "module", name }));
};

const settings = (context: Context): Change[] =>
  Object.entries(kernelSettings(context.cluster)).map(([key, value]) => ({ kind: "sysctl", key, value }));

/** A machine whose kubelet packages have brought keeps its own name: the kubelet is told that of the node. */
const nameOf = ({ provision }: Context, host: string): Change[] => (provision(host).kubelet ? [] : [{ kind: "hostname", name: host }]);

/** What a kubelet and its pods need of the machine. */
const forNodes = (context: Context, host: string): Change[] => [
  { kind: "swap", wanted: "off" },
  { kind: "file", ...modulesFile(context.cluster) },
  ...modules(context, host),
  { kind: "file", ...sysctlFile(context.cluster) },
  ...settings(context),
];

/** Gives: a host with its name, its peers' names, and where it becomes a node no swap, and the kernel's modules and settings, now and after the next boot. */
export const prepareHost: ClusterPhase = {
  id: "prepare-host",
  title: "Prepare the hosts",
  hosts: everyHost,
  early: true,
  wish: (context, host) => [
    membership(context),
    // It reads, so it lets what stands before it be written first: before anything else is changed, the host says whose it is.
    rememberFirewall,
    ...keptPatches(context),
    ...nameOf(context, host),
    hostsFile(context, host),
    ...(isNode(hostNamed(context, host)) ? forNodes(context, host) : []),
  ],
};

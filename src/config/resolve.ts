import { homedir } from "node:os";
import { resolve as resolvePath } from "node:path";
import { parseDuration } from "../shared/duration.ts";
import { canonicalAddress, formatCidr, listParts, parseCidr } from "../shared/ip.ts";
import { splitHostPort } from "../shared/names.ts";
import { controlPlaneTaint, defaults } from "./defaults.ts";
import type { ClusterFile, HostFile, JumpHostFile, LoginFile, SshFile } from "./file-types.ts";
import { isTaintEffect, parseArgs, parseJumpHost, parseTaint } from "./short-forms.ts";
import type { Addon, Cluster, ClusterHost, Etcd, JumpHost, Kubernetes, Login, Network, Ssh, Supply, Taint } from "./types.ts";
import { fullVersion } from "./versions.ts";

/** A path of the operator's machine, absolute: `~` is the home folder, what is relative starts at the configuration's folder. */
export const localPath = (path: string, folder: string): string => resolvePath(folder, path.replace(/^~(?=\/|$)/, homedir()));

const resolveLogin = ({ user, port, identityFile, passphrase, password }: LoginFile, folder: string): Login => ({
  ...(user === undefined ? {} : { user }),
  ...(port === undefined ? {} : { port }),
  ...(identityFile === undefined ? {} : { identityFile: localPath(identityFile, folder) }),
  ...(passphrase === undefined ? {} : { passphrase }),
  ...(password === undefined ? {} : { password }),
});

const resolveJumpHost = (jump: string | JumpHostFile, folder: string): JumpHost => {
  const written = typeof jump === "string" ? parseJumpHost(jump) : jump;
  return { host: written.host ?? "", ...resolveLogin(written, folder) };
};

const resolveSsh = (common: SshFile, own: SshFile, folder: string): Ssh => {
  const { sudoPassword, agent, jumpHosts, connectTimeout, keepAliveInterval, ...login } = { ...common, ...own };
  return {
    ...resolveLogin(login, folder),
    ...(sudoPassword === undefined ? {} : { sudoPassword }),
    ...(jumpHosts === undefined ? {} : { jumpHosts: jumpHosts.map((jump) => resolveJumpHost(jump, folder)) }),
    agent: agent ?? defaults.agent,
    connectTimeout: connectTimeout ?? defaults.connectTimeout,
    keepAliveInterval: keepAliveInterval ?? defaults.keepAliveInterval,
  };
};

const resolveTaints = (host: HostFile): readonly Taint[] => {
  const roles = host.roles ?? [];
  if (host.taints === undefined) return roles.includes("control-plane") && !roles.includes("worker") ? [controlPlaneTaint] : [];
  return host.taints.flatMap((taint) => {
    const { key = "", value = "", effect = "" } = typeof taint === "string" ? parseTaint(taint) : taint;
    return isTaintEffect(effect) ? [{ key, value, effect }] : []; // a rule speaks of the others
  });
};

const resolveHost = (host: HostFile, common: SshFile, folder: string): ClusterHost => {
  const [internal = "", second] = listParts(host.internalAddress ?? host.address ?? "").map((part) => canonicalAddress(part) ?? part);
  return {
    name: host.name ?? "",
    address: host.address ?? "",
    internalAddress: internal,
    ...(second === undefined ? {} : { secondAddress: second }),
    roles: host.roles ?? [],
    labels: host.labels ?? {},
    taints: resolveTaints(host),
    local: host.local ?? false,
    ssh: resolveSsh(common, host.ssh ?? {}, folder),
  };
};

/** The network's own address, where it is a network at all; of several, each. */
const network = (subnets: string): string =>
  listParts(subnets)
    .map((cidr) => (parseCidr(cidr) === undefined ? cidr : formatCidr(cidr)))
    .join(",");

type Spec = NonNullable<ClusterFile["spec"]>;

const resolveKubernetes = (file: NonNullable<Spec["kubernetes"]>): Kubernetes => ({
  version: fullVersion(file.version ?? defaults.version) ?? file.version ?? defaults.version,
  clusterName: file.clusterName ?? defaults.clusterName,
  podSubnet: network(file.podSubnet ?? defaults.podSubnet),
  serviceSubnet: network(file.serviceSubnet ?? defaults.serviceSubnet),
  dnsDomain: file.dnsDomain ?? defaults.dnsDomain,
  proxyMode: file.proxyMode ?? defaults.proxyMode,
  encryptionAlgorithm: file.encryptionAlgorithm ?? defaults.encryptionAlgorithm,
  certificateValidity: {
    leaf: parseDuration(file.certificateValidityPeriod ?? defaults.certificateValidityPeriod) ?? 0,
    ca: parseDuration(file.caCertificateValidityPeriod ?? defaults.caCertificateValidityPeriod) ?? 0,
  },
  apiServer: {
    extraArgs: parseArgs(file.apiServer?.extraArgs),
    certSANs: file.apiServer?.certSANs ?? [],
    bindPort: file.apiServer?.bindPort ?? defaults.apiPort,
  },
  controllerManager: { extraArgs: parseArgs(file.controllerManager?.extraArgs) },
  scheduler: { extraArgs: parseArgs(file.scheduler?.extraArgs) },
  kubelet: file.kubelet ?? {},
  kubeProxy: file.kubeProxy ?? {},
});

const resolveEtcd = (file: NonNullable<Spec["etcd"]>): Etcd => ({
  mode: file.mode ?? defaults.etcdMode,
  dataDir: file.dataDir ?? defaults.etcdDataDir,
  extraArgs: parseArgs(file.extraArgs),
  serverCertSANs: file.serverCertSANs ?? [],
  peerCertSANs: file.peerCertSANs ?? [],
  ...(file.external === undefined ? {} : { external: { endpoints: [], ...file.external } }),
});

const resolveNetwork = (file: NonNullable<Spec["network"]>): Network => {
  const { backend, directRouting, interface: device, mtu } = file.flannel ?? {};
  return {
    plugin: file.plugin === "none" ? "none" : "flannel", // others are refused before anyone reads this
    flannel: {
      backend: backend ?? defaults.flannelBackend,
      directRouting: directRouting ?? defaults.directRouting,
      ...(device === undefined ? {} : { interface: device }),
      ...(mtu === undefined ? {} : { mtu }),
    },
  };
};

const resolveSupply = (file: NonNullable<Spec["supply"]>, folder: string): Supply => ({
  mirrors: Object.fromEntries(Object.entries(file.mirrors ?? {}).map(([registry, urls]) => [registry, [urls].flat()])),
  imageRepository: file.imageRepository ?? defaults.imageRepository,
  ...(file.bundle === undefined ? {} : { bundle: localPath(file.bundle, folder) }),
  zone: file.zone ?? defaults.zone,
});

interface EndpointNeeds {
  readonly name: string;
  readonly hosts: readonly ClusterHost[];
  readonly kubernetes: Kubernetes;
}

const resolveEndpoint = (spec: Spec, { name, hosts, kubernetes }: EndpointNeeds): { host: string; port: number } => {
  const written = spec.controlPlaneEndpoint;
  const { bindPort } = kubernetes.apiServer;
  // A name that means another machine on each node, so an address will not do.
  if (written === undefined && spec.loadBalancer === "haproxy") return { host: `lb.${name}.${kubernetes.dnsDomain}`, port: bindPort };
  if (written === undefined) {
    const first = hosts.find(({ roles }) => roles.includes("control-plane"));
    return { host: first?.internalAddress ?? "", port: bindPort };
  }
  const { host, port } = typeof written === "string" ? splitHostPort(written) : written;
  // Equal addresses of IPv6 have equal text, so that it can be told whose the endpoint is. kubeadm reads no name with capitals, though none differs by them.
  return { host: canonicalAddress(host ?? "") ?? host?.toLowerCase() ?? "", port: port === undefined ? bindPort : Number(port) };
};

/**
 * Fills in every default. Gaps of a file that is not whole become empty texts, which rules may meet but nobody else: a file with
 * problems gives no cluster.
 * @param folder where relative paths start
 */
export const resolveCluster = (file: ClusterFile, source: string, folder: string): Cluster => {
  const spec = file.spec ?? {};
  const hosts = (spec.hosts ?? []).map((host) => resolveHost(host, spec.ssh ?? {}, folder));
  const kubernetes = resolveKubernetes(spec.kubernetes ?? {});
  const name = file.metadata?.name ?? "";
  return {
    name,
    source,
    hosts,
    controlPlaneEndpoint: resolveEndpoint(spec, { name, hosts, kubernetes }),
    loadBalancer: spec.loadBalancer ?? defaults.loadBalancer,
    kubernetes,
    runtime: { name: spec.runtime?.name ?? defaults.runtime, config: spec.runtime?.config ?? {} },
    etcd: resolveEtcd(spec.etcd ?? {}),
    network: resolveNetwork(spec.network ?? {}),
    supply: resolveSupply(spec.supply ?? {}, folder),
    addons: (spec.addons ?? []).map(({ name = "", values = {} }): Addon => ({ name, values })),
  };
};

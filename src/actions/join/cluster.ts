import { joinedCluster } from "../../config/joined-cluster.ts";
import { joinedControlPlane } from "../../config/joined-control-plane.ts";
import type { WrittenTaint } from "../../config/kubeadm/file-types.ts";
import { loadConfig } from "../../config/load.ts";
import type { Arg, Cluster } from "../../config/types.ts";
import type { Kube } from "../../kube/types.ts";
import { UserError } from "../../shared/errors.ts";
import { addressFamily, familiesOf } from "../../shared/ip.ts";
import { isDnsName } from "../../shared/names.ts";
import { versionsFor } from "../../supply/versions.ts";
import { addressHere, withBothAddresses } from "../address-here.ts";
import type { Bundles } from "../context.ts";
import { thisMachine } from "../fleet/here.ts";
import { refuseOtherServer } from "../kept/version.ts";
import { withPatches, withSocket } from "../node-extras.ts";
import type { FleetOptions } from "../options.ts";
import { type Found, readTexts, refuseTakenName } from "./discover.ts";
import type { Machine } from "./machine.ts";

/** What is asked of one more control plane. */
export interface AsControlPlane {
  /** With which what was uploaded is read; undefined: what control planes share lies on this machine. A secret. */
  readonly certificateKey?: string | undefined;
  readonly advertiseAddress?: string | undefined;
  readonly bindPort?: number | undefined;
}

/** What is wished of the node. */
export interface NodeWish {
  readonly nodeName?: string | undefined;
  /** Undefined: those of its role. */
  readonly taints?: readonly WrittenTaint[] | undefined;
  /** Absent: a worker. */
  readonly controlPlane?: AsControlPlane | undefined;
  /** Flags of its kubelet. */
  readonly kubeletExtraArgs?: readonly Arg[] | undefined;
  /** Of the container runtime. */
  readonly criSocket?: string | undefined;
  /** A folder of kubeadm's patch files. */
  readonly patches?: string | undefined;
  /** A configuration, of which the container runtime and the supply are taken. */
  readonly config?: string | undefined;
}

const addressFlag = "--apiserver-advertise-address";

/** The address of this machine that the cluster's nodes see; one of loopback would lead nowhere. kubeadm, too, takes 0.0.0.0 for "choose one". */
const addressOf = ({ localAddress }: Found, { network }: Machine, { controlPlane }: NodeWish): string => {
  const said = controlPlane?.advertiseAddress;
  if (said !== undefined && said !== "0.0.0.0" && said !== "::") {
    if (addressFamily(said) !== undefined) return said;
    throw new UserError(`${addressFlag}: ${JSON.stringify(said)} is not an IP address`, {
      hint: "it is the address by which other machines reach this one, such as 10.0.0.12",
    });
  }
  const plain = localAddress.replace(/^::ffff:/, "");
  if (!/^127\.|^::1$/.test(plain)) return plain;
  return addressHere(network, controlPlane ? addressFlag : "another address of the API server", addressFamily(plain));
};

const nameOf = ({ nodeName }: NodeWish, { name }: Machine): string => {
  const chosen = (nodeName ?? name).trim().toLowerCase();
  if (isDnsName(chosen)) return chosen;
  const where = nodeName === undefined ? "the name of this machine" : "--node-name";
  throw new UserError(`${where}: ${JSON.stringify(chosen)} cannot be the name of a node`, {
    hint: 'a name has lower-case letters, digits, "-" and "."; choose one by --node-name',
  });
};

/** What a configuration says of this machine alone. @throws ConfigError */
const withOwn = async (cluster: Cluster, { config }: NodeWish, { bus }: FleetOptions): Promise<Cluster> => {
  if (config === undefined) return cluster;
  const [host] = cluster.hosts;
  // Of an address that is right for what the file says of Services, which need not be what the cluster has.
  const asControlPlane = (serviceSubnet?: string) => ({
    name: host?.name ?? "",
    address: familiesOf(serviceSubnet ?? "")[0] === 6 ? "2001:db8::1" : "192.0.2.1",
    roles: ["control-plane"] as const,
    local: true,
  });
  const own = await loadConfig(config, { hosts: (serviceSubnet) => [asControlPlane(serviceSubnet)] });
  for (const { message } of own.warnings.filter(({ path }) => path !== "spec.hosts")) bus.emit({ type: "warning", text: message });
  const { runtime, supply } = own.cluster;
  return { ...cluster, runtime, supply: { ...supply, imageRepository: cluster.supply.imageRepository } };
};

/** @throws UserError when kbs does not have the cluster's version */
const refuseUnknownVersion = ({ kubernetes: { version } }: Cluster): void => {
  try {
    versionsFor(version);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`the cluster runs Kubernetes ${version}, of which this kbs can make no nodes`, {
      exit: "preflight",
      hint: "take a kbs that knows this version, or kubeadm of that version",
    });
  }
};

/** Whether the bundle has what pods of flannel need on the node. What the cluster's network is, a token may not ask. */
export const withNetwork = (cluster: Cluster, bundles: Bundles): Cluster => {
  const hasFlannel = bundles.all.every(({ binaries }) => binaries.has("flannel"));
  return hasFlannel || cluster.network.plugin === "none" ? cluster : { ...cluster, network: { ...cluster.network, plugin: "none" } };
};

/** The cluster, with this machine as its only host: what the phases of a run are asked about. @throws UserError, ConfigError before any change */
export const readJoined = async (
  { machine, found, kube }: { readonly machine: Machine; readonly found: Found; readonly kube: Kube },
  wish: NodeWish,
  options: FleetOptions,
): Promise<Cluster> => {
  const name = nameOf(wish, machine);
  const texts = await readTexts(kube, name, options);
  const address = addressOf(found, machine, wish);
  const { controlPlane, taints } = wish;
  const host = { name, address, roles: [controlPlane ? "control-plane" : "worker"], local: true, ...(taints && { taints }) } as const;
  const worker = joinedCluster(texts, { endpoint: found.endpoint, host });
  refuseUnknownVersion(worker);
  await refuseOtherServer(worker, kube, { asControlPlane: controlPlane !== undefined, signal: options.signal });
  // Whichever way the API was reached, an API server is at an address of the family that leads, unless it is told one.
  const [leading] = withBothAddresses(worker, machine.network).hosts;
  const advertised = controlPlane?.advertiseAddress === address ? address : (leading?.internalAddress ?? address);
  const joined = controlPlane
    ? joinedControlPlane(worker, texts, { name, address: advertised, bindPort: controlPlane.bindPort, taints })
    : worker;
  const own = withSocket(await withOwn(joined, wish, options), wish.criSocket);
  const cluster = await withPatches(own, wish.patches, machine, options.bus);
  if (!machine.isNode) await refuseTakenName(kube, name, options.signal);
  const { kubeletExtraArgs = [] } = wish;
  const hosts = cluster.hosts.map((one) => thisMachine(kubeletExtraArgs.length > 0 ? { ...one, kubeletExtraArgs } : one));
  return withBothAddresses({ ...cluster, hosts, name: machine.owner?.name ?? cluster.name }, machine.network);
};

import { dirname } from "node:path";
import type { BinaryChange, ImagesChange } from "../changes/change.ts";
import type { Ticket } from "../changes/message.ts";
import type { Cluster } from "../config/types.ts";
import { certificateRows } from "../phases/common/pki.ts";
import { type Context, hostNamed, Learned, type Software } from "../phases/context.ts";
import { prepareMemberKeys, preparePki } from "../pki/issue.ts";
import { type KeySupply, prepareKeys } from "../pki/keys.ts";
import type { Bundle } from "../supply/bundle.ts";
import { type BundleWish, findBundle, isBundleThere } from "../supply/find-bundle.ts";
import { imageNames } from "../supply/images.ts";
import type { Platform } from "../supply/oci.ts";
import { canDoWithout, needsBundle, provisionOf } from "../supply/provision.ts";
import { selectBinaries, selectImages } from "../supply/select.ts";
import { leadingControlPlane } from "./leading.ts";
import type { FleetOptions } from "./options.ts";
import type { Survey } from "./survey.ts";

/** The bundles of a run, one for each architecture of hosts that need something of it. */
export interface Bundles {
  readonly all: readonly Bundle[];
  /** Undefined where a host has everything, or where all that it lacks can be had otherwise and no bundle was found. */
  readonly forHost: (host: string) => Bundle | undefined;
}

/** Of each architecture of hosts that need something of a bundle, whether they can all do without. */
const needsByArchitecture = ({ cluster, facts }: Pick<Survey, "cluster" | "facts">): ReadonlyMap<string, boolean> => {
  const needs = new Map<string, boolean>();
  for (const host of cluster.hosts) {
    const { machine, packaged } = facts.get(host.name) ?? {};
    const provision = packaged && provisionOf(host, cluster, packaged);
    if (!provision || machine?.architecture === undefined || !needsBundle(provision)) continue;
    needs.set(machine.architecture, (needs.get(machine.architecture) ?? true) && canDoWithout(provision, host));
  }
  return needs;
};

/**
 * The bundles that a run needs. Where hosts can do without there may be none; preflight tells what is missing.
 * @throws UserError when there is none for executables, or what there is does not fit
 */
export const openBundles = async ({ cluster, facts }: Pick<Survey, "cluster" | "facts">, options: FleetOptions): Promise<Bundles> => {
  const named = options.bundle ?? cluster.supply.bundle;
  const opened = new Map<string, Bundle>();
  for (const [architecture, canDo] of needsByArchitecture({ cluster, facts })) {
    const platform: Platform = { os: "linux", architecture };
    const wish: BundleWish = {
      kubernetesVersion: cluster.kubernetes.version,
      platform,
      ...(named !== undefined && { named }),
      ...(cluster.source !== "-" && { configDirectory: dirname(cluster.source) }),
      workingDirectory: process.cwd(),
      environment: process.env,
    };
    if (canDo && !(await isBundleThere(wish))) continue;
    const bundle = await findBundle(wish);
    opened.set(architecture, bundle);
    const { digest, path, kubernetesVersion } = bundle;
    options.bus.emit({ type: "bundle", platform: `${platform.os}/${architecture}`, kubernetes: kubernetesVersion, digest, path });
  }
  return { all: [...opened.values()], forHost: (host) => opened.get(facts.get(host)?.machine.architecture ?? "") };
};

/** What a bundle offers, as wishes. @throws UserError that names what it lacks. */
const softwareOf = (bundle: Bundle): Software => ({
  binary: (name, path): BinaryChange => {
    const [binary] = selectBinaries(bundle, [name]);
    if (!binary || binary.encoding === "zstd") throw new Error(`the bundle has no usable ${name}`);
    return {
      kind: "binary",
      path,
      mode: 0o755,
      digest: binary.contentDigest.replace(/^sha256:/, ""),
      blob: binary.blob,
      encoding: binary.encoding,
    };
  },
  images: (group, names): ImagesChange => ({ kind: "images", group, images: selectImages(bundle, names) }),
});

/** Keys are made in the background from now on, unless the control plane has its set. */
const keySupply = (cluster: Cluster, { pkiFound, keys }: Survey): (() => KeySupply) => {
  const complete = [...pkiFound.values()].some((files) => files.size >= certificateRows(cluster).length * 2);
  const early = complete ? undefined : (keys ?? preparePki(cluster.kubernetes.encryptionAlgorithm));
  return () => early ?? prepareKeys(cluster.kubernetes.encryptionAlgorithm, 0);
};

export interface ContextInput {
  readonly survey: Survey;
  readonly bundles: Bundles;
  readonly ticket: Ticket;
  /** Names of the hosts that take part. */
  readonly fit: ReadonlySet<string>;
  readonly lost: ReadonlySet<string>;
  /** Which control plane is the first; default: as the hosts' facts say. Empty: none of the hosts. */
  readonly first?: string;
  /** Only to look: keys are quickly made and thrown away. */
  readonly checking?: boolean;
}

export const createContext = ({ survey, bundles, ticket, fit, lost, first, checking = false }: ContextInput): Context => {
  const { cluster, fleet, facts, pkiFound, etcdData, joined, clusterId, chosen, invitation, parts } = survey;
  const hosts = cluster.hosts.filter(({ name }) => fit.has(name));
  const software = new Map(bundles.all.map((bundle) => [bundle, softwareOf(bundle)]));
  return {
    cluster,
    hosts,
    touched: chosen,
    facts,
    pkiFound,
    etcdData,
    joined,
    clusterId,
    first: first ?? leadingControlPlane(hosts, facts)?.name ?? "",
    ticket,
    images: imageNames(cluster),
    software: (host) => {
      const bundle = bundles.forHost(host);
      const found = bundle && software.get(bundle);
      if (!found) throw new Error(`no bundle was opened for ${host}`);
      return found;
    },
    provision: (host) => {
      const found = facts.get(host);
      if (!found) throw new Error(`no facts of ${host}`);
      const provision = provisionOf(hostNamed(cluster, host), cluster, found.packaged);
      // What no bundle gives is fetched by kubelets, or comes with the pod network.
      return bundles.forHost(host) ? provision : { ...provision, binaries: [], images: [] };
    },
    door: (host) => {
      const door = fleet.doors.get(host);
      if (!door) throw new Error(`no connection to ${host}`);
      return door;
    },
    lost,
    learned: new Learned(),
    ...(invitation && { invitation }),
    ...(parts && { parts }),
    keys: checking ? () => prepareKeys("ECDSA-P256", 0) : keySupply(cluster, survey),
    memberKeys: () => (checking ? prepareKeys("ECDSA-P256", 0) : prepareMemberKeys(cluster.kubernetes.encryptionAlgorithm)),
    now: new Date(),
  };
};

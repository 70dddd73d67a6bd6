import { dirname } from "node:path";
import type { BinaryChange, ImagesChange } from "../changes/change.ts";
import type { Ticket } from "../changes/message.ts";
import type { Cluster } from "../config/types.ts";
import { type Context, Learned, type Software } from "../phases/context.ts";
import { preparePki } from "../pki/issue.ts";
import { type KeySupply, prepareKeys } from "../pki/keys.ts";
import { certificates } from "../pki/table.ts";
import type { Bundle } from "../supply/bundle.ts";
import { findBundle } from "../supply/find-bundle.ts";
import { imageNames } from "../supply/images.ts";
import type { Platform } from "../supply/oci.ts";
import { selectBinaries, selectImages } from "../supply/select.ts";
import type { FleetOptions } from "./options.ts";
import type { Survey } from "./survey.ts";

/** The bundles of a run, one for each architecture that its hosts have. */
export interface Bundles {
  readonly all: readonly Bundle[];
  readonly forHost: (host: string) => Bundle;
}

export const openBundles = async ({ cluster, facts }: Pick<Survey, "cluster" | "facts">, options: FleetOptions): Promise<Bundles> => {
  const named = options.bundle ?? cluster.supply.bundle;
  const opened = new Map<string, Bundle>();
  for (const { machine } of facts.values()) {
    const architecture = machine.architecture;
    if (architecture === undefined || opened.has(architecture)) continue;
    const platform: Platform = { os: "linux", architecture };
    const bundle = await findBundle({
      kubernetesVersion: cluster.kubernetes.version,
      platform,
      ...(named !== undefined && { named }),
      ...(cluster.source !== "-" && { configDirectory: dirname(cluster.source) }),
      workingDirectory: process.cwd(),
      environment: process.env,
    });
    opened.set(architecture, bundle);
    const { digest, path, kubernetesVersion } = bundle;
    options.bus.emit({ type: "bundle", platform: `${platform.os}/${architecture}`, kubernetes: kubernetesVersion, digest, path });
  }
  const forHost = (host: string): Bundle => {
    const bundle = opened.get(facts.get(host)?.machine.architecture ?? "");
    if (!bundle) throw new Error(`no bundle was opened for ${host}`);
    return bundle;
  };
  return { all: [...opened.values()], forHost };
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
const keySupply = (cluster: Cluster, { pkiFound }: Survey): (() => KeySupply) => {
  const complete = [...pkiFound.values()].some((files) => files.size >= certificates.length * 2);
  const early = complete ? undefined : preparePki(cluster.kubernetes.encryptionAlgorithm);
  return () => early ?? prepareKeys(cluster.kubernetes.encryptionAlgorithm, 0);
};

export interface ContextInput {
  readonly survey: Survey;
  readonly bundles: Bundles;
  readonly ticket: Ticket;
  /** Names of the hosts that take part. */
  readonly fit: ReadonlySet<string>;
  readonly lost: ReadonlySet<string>;
  /** Only to look: keys are quickly made and thrown away. */
  readonly checking?: boolean;
}

export const createContext = ({ survey, bundles, ticket, fit, lost, checking = false }: ContextInput): Context => {
  const { cluster, fleet, facts, pkiFound, joined, clusterId, chosen, invitation } = survey;
  const software = new Map(bundles.all.map((bundle) => [bundle, softwareOf(bundle)]));
  return {
    cluster,
    hosts: cluster.hosts.filter(({ name }) => fit.has(name)),
    touched: chosen,
    facts,
    pkiFound,
    joined,
    clusterId,
    ticket,
    images: imageNames(cluster),
    software: (host) => {
      const found = software.get(bundles.forHost(host));
      if (!found) throw new Error(`no software for ${host}`);
      return found;
    },
    door: (host) => {
      const door = fleet.doors.get(host);
      if (!door) throw new Error(`no connection to ${host}`);
      return door;
    },
    lost,
    learned: new Learned(),
    ...(invitation && { invitation }),
    keys: checking ? () => prepareKeys("ECDSA-P256", 0) : keySupply(cluster, survey),
    now: new Date(),
  };
};

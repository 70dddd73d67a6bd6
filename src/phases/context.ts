import type { Made } from "../addons/index.ts";
import type { BinaryChange, ImagesChange } from "../changes/change.ts";
import type { Host } from "../changes/host.ts";
import type { Ticket } from "../changes/message.ts";
import { type ActOutcome, type Foresight, KnownAfter, type Phase } from "../changes/phase.ts";
import { isControlPlane, isEtcdHost, isNode } from "../config/roles.ts";
import type { Cluster, ClusterHost } from "../config/types.ts";
import type { HostFacts, PkiFilesFact } from "../facts/index.ts";
import type { Etcd } from "../kube/etcd/types.ts";
import type { Kube } from "../kube/types.ts";
import type { PkiFile } from "../pki/issue.ts";
import type { KeySupply } from "../pki/keys.ts";
import type { BootstrapToken } from "../pki/token.ts";
import type { ImageNames } from "../supply/images.ts";
import type { Provision } from "../supply/provision.ts";
import type { EtcdMember } from "../templates/static-pods/index.ts";
import type { TokenUsage } from "../templates/token-usages.ts";

/** What all phases share. Everything but `learned` is known before the first change. */
export interface Context {
  readonly cluster: Cluster;
  /** Hosts of this run: those of the file, less those that are not fit. */
  readonly hosts: readonly ClusterHost[];
  /** Hosts that may be changed: all of them, unless the operator named some. */
  readonly touched: ReadonlySet<string>;
  readonly facts: ReadonlyMap<string, HostFacts>;
  /** Files of the PKI as they were found, by control plane. */
  readonly pkiFound: ReadonlyMap<string, PkiFilesFact>;
  /** Hosts that are to run etcd, and have something in the folder for its data. */
  readonly etcdData: ReadonlySet<string>;
  /** Hosts whose kubelet has a client certificate of this cluster already. */
  readonly joined: ReadonlySet<string>;
  readonly clusterId: string;
  /** Name of the control plane on which steps for the whole cluster run; empty where it is none of this run's hosts. */
  readonly first: string;
  readonly ticket: Ticket;
  readonly images: ImageNames;
  readonly software: (host: string) => Software;
  /** What of a host's software is used as it was found, and what is to be brought. */
  readonly provision: (host: string) => Provision;
  readonly door: (host: string) => Host;
  /** Hosts that were lost to the run on the way. */
  readonly lost: ReadonlySet<string>;
  readonly learned: Learned;
  /** The token that is to stay for machines which join later; absent where none is. */
  readonly invitation?: Invitation;
  /** Which parts of a control plane the run makes, by kubeadm's names of phases; absent: all. */
  readonly parts?: (part: string) => boolean;
  /** Keys that are being made since the facts are known. */
  readonly keys: () => KeySupply;
  /** Keys for the certificates of one further control plane. */
  readonly memberKeys: () => KeySupply;
  /** The moment of the run: start of every certificate's life. */
  readonly now: Date;
}

/** Milliseconds that a token for others lives where nothing else is said: kubeadm's 24 hours. */
export const tokenLife = 24 * 60 * 60 * 1000;

/** A token for machines that join after the run. */
export interface Invitation {
  /** As a person has chosen it; absent: any. */
  readonly token?: BootstrapToken;
  /** Milliseconds that a new one lives; 0: for ever. */
  readonly life: number;
  /** What it is for, for people; a new one without it, unless it was chosen, says that kbs init has made it. */
  readonly description?: string;
  /** Default: both. */
  readonly usages?: readonly TokenUsage[];
  /** Default: that of joining nodes. */
  readonly groups?: readonly string[];
  /** What control planes share is uploaded, too, sealed by this key, or by a new one. */
  readonly certificates?: { readonly key?: string };
}

/** What the bundle offers to a host, as wishes. */
export interface Software {
  readonly binary: (name: string, path: string) => BinaryChange;
  readonly images: (group: string, names: readonly string[]) => ImagesChange;
}

/** Which phase tells what. */
const tellers: Readonly<Record<keyof Lessons, string>> = {
  kubeletPki: "make-kubelet-pki",
  firstEtcdPki: "make-first-etcd-pki",
  pki: "make-pki",
  memberPki: "make-member-pki",
  etcd: "make-pki",
  initialClusters: "join-etcd",
  kube: "wait-api-server",
  dnsReplicas: "wait-api-server",
  token: "make-token",
  formerReports: "make-token",
  invitation: "offer-token",
  certificateKey: "upload-certificates",
  addonCertificates: "make-addon-certificates",
};

/** What phases tell later ones. @throws KnownAfter when what is asked for has not been told yet */
export class Learned {
  #told: { [Name in keyof Lessons]?: { readonly value: Lessons[Name] } } = {};

  tell<Name extends keyof Lessons>(name: Name, value: Lessons[Name]): void {
    this.#told = { ...this.#told, [name]: { value } };
  }

  get<Name extends keyof Lessons>(name: Name): Lessons[Name] {
    const told = this.#told[name];
    if (!told) throw new KnownAfter(name, tellers[name]);
    return told.value;
  }

  has(name: keyof Lessons): boolean {
    return this.#told[name] !== undefined;
  }
}

export interface Lessons {
  /** Of the first control plane's PKI at least what its kubelet starts with. */
  kubeletPki: readonly PkiFile[];
  /** The same of its etcd. */
  firstEtcdPki: readonly PkiFile[];
  /** Every file of the first control plane's PKI, kept or new. */
  pki: readonly PkiFile[];
  /** The same of the other control planes, by host: CAs and the service accounts' keys are the first one's. Of etcd hosts what a member needs. */
  memberPki: ReadonlyMap<string, readonly PkiFile[]>;
  /** The cluster's own etcd, by way of members that have a vote already; told only where its members are a matter of several hosts. */
  etcd: Etcd;
  /** By host that joins etcd: who is a member then, as its manifest has to say. */
  initialClusters: ReadonlyMap<string, readonly EtcdMember[]>;
  /** The API of the cluster as administrator. */
  kube: Kube;
  /** How many DNS servers the cluster has; undefined before there are any. */
  dnsReplicas: number | undefined;
  /** With which workers join; told only when one will. */
  token: Pick<BootstrapToken, "text">;
  /** When kubelets of hosts that join anew have last reported, by node. */
  formerReports: ReadonlyMap<string, string>;
  /** With which other machines join later. */
  invitation: BootstrapToken;
  /** By which a further control plane reads what was uploaded, in hex. A secret. */
  certificateKey: string;
  /** What was made or kept for add-ons, by the add-on's name. */
  addonCertificates: ReadonlyMap<string, Made>;
}

/** Closes the connections that phases have opened. */
export const closeLearned = ({ learned }: Pick<Context, "learned">): void => {
  if (learned.has("kube")) learned.get("kube").close();
  if (learned.has("etcd")) learned.get("etcd").close();
};

export type ClusterPhase = Phase<Context>;
/** By which a token that a run of kbs has made is known. */
export const tokenDescription = "joins the workers of one run of kbs";

/** Nothing was changed, or would be. */
export const nothing: ActOutcome & Foresight = { changed: [], changes: [] };

type Chosen = Pick<Context, "hosts" | "touched">;

const touchedNames = ({ hosts, touched }: Chosen, which: (host: ClusterHost) => boolean): readonly string[] =>
  hosts.filter((host) => touched.has(host.name) && which(host)).map((host) => host.name);

export const everyHost = (context: Chosen): readonly string[] => touchedNames(context, () => true);
export const controlPlanes = (context: Chosen): readonly string[] => touchedNames(context, isControlPlane);
/** The first control plane, where it may be changed. */
export const touchedFirst = (context: Chosen & Pick<Context, "first">): readonly string[] =>
  controlPlanes(context).filter((name) => name === context.first);
/** Control planes beside the first one: they join what it has begun. */
export const otherControlPlanes = (context: Chosen & Pick<Context, "first">): readonly string[] =>
  controlPlanes(context).filter((name) => name !== context.first);
/** Hosts that are nodes: control planes and workers. */
export const nodes = (context: Chosen): readonly string[] => touchedNames(context, isNode);
export const workers = (context: Chosen): readonly string[] => touchedNames(context, (host) => isNode(host) && !isControlPlane(host));
/** Hosts that run etcd alone. */
export const etcdHosts = (context: Chosen): readonly string[] => touchedNames(context, isEtcdHost);
/** The one host on which steps for the whole cluster run, touched or not. */
export const firstControlPlane = ({ hosts, first }: Pick<Context, "hosts" | "first">): readonly string[] =>
  hosts.some(({ name }) => name === first) ? [first] : [];

/** Of each list of hosts, which has which name: every unit asks. */
const indices = new WeakMap<readonly ClusterHost[], ReadonlyMap<string, ClusterHost>>();

export const hostNamed = ({ hosts }: Pick<Context, "hosts">, name: string): ClusterHost => {
  const index = indices.get(hosts) ?? new Map(hosts.map((host) => [host.name, host]));
  indices.set(hosts, index);
  const host = index.get(name);
  if (!host) throw new Error(`${name} is not a host of this run`);
  return host;
};

export const factsOf = ({ facts }: Context, host: string): HostFacts => {
  const found = facts.get(host);
  if (!found) throw new Error(`no facts of ${host}`);
  return found;
};

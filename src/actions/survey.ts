import { randomUUID } from "node:crypto";
import { release, type } from "node:os";
import type { Host } from "../changes/host.ts";
import { loadConfig, resolveSecrets } from "../config/load.ts";
import { hasPki, isControlPlane, isNode } from "../config/roles.ts";
import type { Cluster, ClusterHost } from "../config/types.ts";
import { addressesOf } from "../facts/addresses-of.ts";
import { etcdDataIn } from "../facts/etcd-data.ts";
import { askFacts, type HostFacts, type PkiFilesFact, parseFacts, pkiFilesOf, readFact } from "../facts/index.ts";
import { kubeletIdentity } from "../facts/kubelet-identity.ts";
import type { ExternalEtcdSeen } from "../kube/etcd/external.ts";
import type { Invitation } from "../phases/context.ts";
import type { KeySupply } from "../pki/keys.ts";
import { ignoredChecks } from "../preflight/judge.ts";
import { runsEtcd } from "../preflight/roles.ts";
import { UserError } from "../shared/errors.ts";
import { addressFamily } from "../shared/ip.ts";
import { nearest } from "../shared/nearest.ts";
import { seeExternalEtcd } from "./external-etcd.ts";
import type { General } from "./fleet/ask-ahead.ts";
import { connectFleet, type Fleet } from "./fleet/connect.ts";
import { keepEndpoint } from "./kept/endpoint.ts";
import { machineOf } from "./machine.ts";
import type { FleetOptions } from "./options.ts";
import { onEachHost } from "./told-phase.ts";

/** What is known of a fleet before anything is changed. */
export interface Survey {
  /** Names this run on the hosts and in events. */
  readonly run: string;
  readonly cluster: Cluster;
  readonly fleet: Fleet;
  /** Names that the operator chose, or all. */
  readonly chosen: ReadonlySet<string>;
  readonly facts: ReadonlyMap<string, HostFacts>;
  readonly pkiFound: ReadonlyMap<string, PkiFilesFact>;
  /** What control planes see of an etcd that others run; empty where it is the cluster's own. */
  readonly externalEtcd: ReadonlyMap<string, ExternalEtcdSeen>;
  /** Hosts that are to run etcd, and have something in the folder for its data. */
  readonly etcdData: ReadonlySet<string>;
  /** By which addresses nodes know an endpoint that is a name which others look after. */
  readonly endpointAddresses: ReadonlyMap<string, readonly string[]>;
  /** Hosts whose kubelet has its client certificate. */
  readonly joined: ReadonlySet<string>;
  /** The id that the hosts carry, or a new one. */
  readonly clusterId: string;
  /** Whether any host carried it. */
  readonly isNew: boolean;
  /** The token that a run on these hosts leaves for machines which join later. */
  readonly invitation?: Invitation;
  /** Which parts of a control plane the run makes, by kubeadm's names of phases; absent: all. */
  readonly parts?: (part: string) => boolean;
  /** Hosts that could not be reached or asked. */
  readonly failures: ReadonlyMap<string, UserError>;
  /** The first control plane's keys, where they are being made already. */
  readonly keys?: KeySupply;
}

/** Names that the operator chose, or all. @throws UserError for one that is no host of the file */
export const chosenNames = (cluster: Cluster, limit: readonly string[]): ReadonlySet<string> => {
  const names = cluster.hosts.map(({ name }) => name);
  for (const name of limit) {
    if (names.includes(name)) continue;
    const near = nearest(name, names);
    throw new UserError(`--limit: ${name} is not a host of ${cluster.source}`, {
      hint: near === undefined ? `its hosts are ${names.join(", ")}` : `did you mean ${near}?`,
    });
  }
  return new Set(limit.length === 0 ? names : limit);
};

/** Reads the configuration, with its secrets, and tells its warnings. */
export const readCluster = async (options: FleetOptions): Promise<Cluster> => {
  const { cluster, warnings } = await loadConfig(options.file);
  for (const { message } of warnings) options.bus.emit({ type: "warning", text: message });
  return await resolveSecrets(cluster);
};

interface Answers {
  readonly facts: HostFacts;
  readonly pki: PkiFilesFact | undefined;
  readonly externalEtcd: ExternalEtcdSeen | undefined;
  readonly endpoint: readonly string[] | undefined;
  readonly hasEtcdData: boolean;
  readonly joined: boolean;
}

/** What the endpoint means on a host, where neither an address nor kbs's own load balancer says so. */
const endpointQuestion = ({ controlPlaneEndpoint: { host: name }, loadBalancer }: Cluster, host: ClusterHost) =>
  isNode(host) && loadBalancer === "none" && addressFamily(name) === undefined ? addressesOf(name) : undefined;

const ask = async (cluster: Cluster, host: ClusterHost, door: Host, signal: AbortSignal, ahead?: Promise<General>): Promise<Answers> => {
  const pkiFiles = pkiFilesOf(cluster);
  const general = ahead ? [] : [...askFacts(), kubeletIdentity.question];
  const endpointFact = endpointQuestion(cluster, host);
  const etcdData = runsEtcd({ cluster, host }) ? etcdDataIn(cluster.etcd.dataDir) : undefined;
  const special = [hasPki(host) ? pkiFiles : undefined, endpointFact, etcdData].flatMap((fact) => (fact ? [fact.question] : []));
  const questions = [...general, ...special];
  const from = Date.now();
  let to = from;
  const onRecord = (): void => {
    if (to === from) to = Date.now();
  };
  const { records } = await door.send({ kind: "ask", questions }, { signal, timeout: 120_000, onRecord });
  const pki = hasPki(host) ? readFact(pkiFiles, questions, records) : undefined;
  if (hasPki(host) && pki === undefined) {
    throw new UserError("the files below /etc/kubernetes/pki could not be read", {
      exit: "unreachable",
      host: host.name,
      hint: "they changed while they were read, or are no files; run again",
    });
  }
  const externalEtcd = pki && (await seeExternalEtcd(cluster, door, pki, signal));
  const endpoint = endpointFact && readFact(endpointFact, questions, records);
  const hasEtcdData = (etcdData && readFact(etcdData, questions, records)) ?? false;
  const answers = { pki, externalEtcd, endpoint, hasEtcdData };
  if (ahead) return { ...(await ahead), ...answers };
  const joined = readFact(kubeletIdentity, questions, records) ?? false;
  return { facts: parseFacts(records, { from, to }), ...answers, joined };
};

/** Connects to the hosts, asks each everything in one message, and changes nothing. Control planes are always among them, since one of them runs the cluster, and hosts of its etcd. */
export const survey = async (options: FleetOptions): Promise<Survey> => {
  // A misspelt name is told before anyone waits for hosts.
  ignoredChecks(options.ignorePreflight);
  return await surveyOf(await readCluster(options), options);
};

/**
 * The same for a configuration that was read already.
 * @param ahead what its only host, this machine, is being asked already
 */
export const surveyOf = async (cluster: Cluster, options: FleetOptions, ahead?: Promise<General>): Promise<Survey> => {
  const run = randomUUID();
  const chosen = chosenNames(cluster, options.limit);
  const hosts = cluster.hosts.filter((host) => chosen.has(host.name) || hasPki(host));
  options.bus.emit({
    type: "run-started",
    run,
    command: options.command,
    cluster: cluster.name,
    hosts: hosts.map(({ name }) => name),
    kubernetes: cluster.kubernetes.version,
    operator: { node: process.version, system: `${type()} ${release()}`, architecture: process.arch },
  });
  const fleet = await connectFleet(hosts, options);
  try {
    const asked = await askAll(cluster, hosts, fleet, options, ahead);
    const warn = (text: string): void => options.bus.emit({ type: "warning", text });
    return { run, cluster: keepEndpoint(cluster, asked, warn), fleet, chosen, ...asked };
  } catch (error) {
    await fleet.close();
    throw error;
  }
};

/** Hosts that are asked for every one that is worked on: their answers cost them time, and this machine next to nothing. */
const asksPerWork = 8;

const askAll = async (
  cluster: Cluster,
  hosts: readonly ClusterHost[],
  fleet: Fleet,
  { bus, signal, concurrency }: FleetOptions,
  ahead?: Promise<General>,
) => {
  const facts = new Map<string, HostFacts>();
  const pkiFound = new Map<string, PkiFilesFact>();
  const joined = new Set<string>();
  const externalEtcd = new Map<string, ExternalEtcdSeen>();
  const etcdData = new Set<string>();
  const endpointAddresses = new Map<string, readonly string[]>();
  const gather = async (host: ClusterHost): Promise<void> => {
    const door = fleet.doors.get(host.name);
    if (!door) return;
    const answers = await ask(cluster, host, door, signal, ahead);
    facts.set(host.name, answers.facts);
    bus.emit({ type: "host-facts", ...machineOf(host, answers.facts) });
    if (answers.pki) pkiFound.set(host.name, answers.pki);
    if (answers.joined) joined.add(host.name);
    if (answers.externalEtcd) externalEtcd.set(host.name, answers.externalEtcd);
    if (answers.hasEtcdData) etcdData.add(host.name);
    if (answers.endpoint) endpointAddresses.set(host.name, answers.endpoint);
  };
  const reached = hosts.filter(({ name }) => fleet.doors.has(name));
  const within = { bus, signal, concurrency: concurrency * asksPerWork };
  const unanswered = await onEachHost(reached, { phase: "gather-facts", title: "Gather facts" }, within, gather);
  const failures = new Map([...fleet.failures, ...unanswered]);
  return { facts, pkiFound, externalEtcd, etcdData, endpointAddresses, joined, failures, ...clusterIdOf(cluster, hosts, facts) };
};

/** The first control plane's word counts most; a host that carries another id is found by preflight. */
const clusterIdOf = (cluster: Cluster, hosts: readonly ClusterHost[], facts: ReadonlyMap<string, HostFacts>) => {
  const owners = hosts
    .toSorted((a, b) => Number(isControlPlane(b)) - Number(isControlPlane(a)))
    .flatMap(({ name }) => facts.get(name)?.ownership ?? []);
  const owner = owners.find(({ name }) => name === cluster.name);
  return owner ? { clusterId: owner.id, isNew: false } : { clusterId: randomUUID(), isNew: true };
};

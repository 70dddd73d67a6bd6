import { KnownAfter } from "../../changes/phase.ts";
import { isControlPlane, memberHosts } from "../../config/roles.ts";
import type { ClusterHost } from "../../config/types.ts";
import { type Candidate, membershipProblems } from "../../kube/etcd/membership.ts";
import type { EtcdEndpoint } from "../../kube/etcd/types.ts";
import { urlHost } from "../../pki/names.ts";
import { type EtcdMember, ownEtcd, peerUrl } from "../../templates/static-pods/index.ts";
import { type Context, etcdHosts, factsOf, hostNamed, otherControlPlanes } from "../context.ts";

type Placed = Pick<Context, "cluster" | "hosts" | "facts" | "first">;

/** Whether etcd's members are a matter of several hosts: of control planes, where there is more than one, or of hosts of its own. */
export const runsMembers = ({ cluster }: Pick<Context, "cluster">): boolean =>
  cluster.etcd.mode === "dedicated" || (cluster.etcd.mode === "stacked" && memberHosts(cluster).length > 1);

/**
 * The host that begins etcd, or has begun it: with stacked etcd the first control plane; else, in the order of the file, the first that holds a member's
 * data, or was set up to begin, or may take part. Empty where there is none.
 */
export const firstMember = ({ cluster, hosts, facts, first }: Placed): string => {
  if (cluster.etcd.mode !== "dedicated") return first;
  const all = memberHosts(cluster);
  const found = (host: ClusterHost) => facts.get(host.name)?.kubernetes.etcd;
  const begun =
    all.find((host) => found(host)?.hasData) ?? all.find((host) => found(host) !== undefined && found(host)?.initialState === undefined);
  return (begun ?? all.find((host) => hosts.includes(host)))?.name ?? "";
};

/** Hosts that were found to hold a member's data. */
export const begunMembers = ({ cluster, facts }: Pick<Context, "cluster" | "facts">): readonly ClusterHost[] =>
  memberHosts(cluster).filter(({ name }) => facts.get(name)?.kubernetes.etcd?.hasData);

/** Whether there is an etcd already: here, or, where none of the hosts is its first, elsewhere. */
export const hasBegun = (context: Placed): boolean => firstMember(context) === "" || begunMembers(context).length > 0;

/** Control planes that join the etcd which the first one has begun. */
export const joiningControlPlanes = (context: Context): readonly string[] =>
  context.cluster.etcd.mode === "stacked" ? otherControlPlanes(context) : [];

/** The same of hosts that run etcd alone. */
export const joiningEtcdHosts = (context: Context): readonly string[] => etcdHosts(context).filter((name) => name !== firstMember(context));

/** Hosts that join etcd, of either kind: no cluster has both. */
export const joiningMembers = (context: Context): readonly string[] => [...joiningControlPlanes(context), ...joiningEtcdHosts(context)];

/** A member's client port, by the door of its host. */
export const etcdEndpoint = ({ cluster, door }: Pick<Context, "cluster" | "door">, host: ClusterHost): EtcdEndpoint => {
  const { at, port } = ownEtcd(cluster, host);
  return {
    dial: (signal) => door(host.name).dial(at, port, signal ? { signal } : {}),
    describe: `${host.name} (${urlHost(host.internalAddress)}:${port})`,
  };
};

/** Members that may have a vote: the first one, then those that had been started when the run began, of all that were reached. */
export const etcdEndpoints = (context: Placed & Pick<Context, "door">): readonly EtcdEndpoint[] => {
  const { cluster, hosts, facts } = context;
  const first = firstMember(context);
  // Hosts of their own are asked also where this run does not touch them: an API server's etcd is all of them.
  const asked = cluster.etcd.mode === "dedicated" ? memberHosts(cluster) : hosts.filter(isControlPlane);
  return asked
    .filter(({ name }) => name === first || facts.get(name)?.kubernetes.etcd?.hasData)
    .toSorted((a, b) => Number(b.name === first) - Number(a.name === first))
    .map((host) => etcdEndpoint(context, host));
};

/** A host of a file as etcd's list would have it. */
export const memberOf = ({ name, internalAddress }: Pick<ClusterHost, "name" | "internalAddress">) => ({
  name,
  peerUrl: peerUrl(internalAddress),
});

/** By the folder of the manifest that is there; where none is, by that of the file. */
const hasData = (context: Context, host: string): boolean => factsOf(context, host).kubernetes.etcd?.hasData ?? context.etcdData.has(host);

/** A host that is to run a member, with what the run has found there. */
export const candidateOf = (context: Context, host: string): Candidate => ({
  ...memberOf(hostNamed(context, host)),
  hasData: hasData(context, host),
});

/** `name=peer-url,…` as a manifest has it. */
export const readInitialCluster = (text: string): readonly EtcdMember[] =>
  text.split(",").map((pair) => {
    const at = pair.indexOf("=");
    return { name: pair.slice(0, at), peerUrl: pair.slice(at + 1) };
  });

/**
 * The members that a host's manifest, or unit, names: as it was first started, since they mean nothing to a member that has data, and a change of them
 * would start it anew; for one that joins, as the list was then. Undefined for the first of a cluster.
 */
export const joiningOf = (context: Context, host: string): readonly EtcdMember[] | undefined => {
  const { learned } = context;
  const first = firstMember(context);
  const found = factsOf(context, host).kubernetes.etcd;
  if (found?.hasData || (found && host === first))
    return found.initialState === undefined ? undefined : readInitialCluster(found.initialCluster);
  if (host === first) return undefined;
  const told = learned.has("initialClusters") ? learned.get("initialClusters").get(host) : undefined;
  if (!told) throw new KnownAfter(`the list of etcd's members for ${host}`, "join-etcd");
  return told;
};

/** Of the run's hosts that run etcd, which lack what in it; those that were lost or not reached are no matter of this run. */
export const etcdProblems = async ({ cluster, hosts, lost, learned }: Context, signal: AbortSignal): Promise<readonly string[]> => {
  const wished = memberHosts({ ...cluster, hosts })
    .filter(({ name }) => !lost.has(name))
    .map(memberOf);
  return membershipProblems(await learned.get("etcd").members({ signal }), wished);
};

import { KnownAfter } from "../../changes/phase.ts";
import { isControlPlane } from "../../config/roles.ts";
import type { ClusterHost } from "../../config/types.ts";
import type { Candidate } from "../../kube/etcd/membership.ts";
import type { EtcdEndpoint } from "../../kube/etcd/types.ts";
import { urlHost } from "../../pki/names.ts";
import { type EtcdMember, etcdClientPort, localhost, peerUrl } from "../../templates/static-pods/index.ts";
import { type Context, factsOf, hostNamed, otherControlPlanes } from "../context.ts";

/** Whether etcd's members are a matter of several hosts: it runs on the control planes, and there is more than one. */
export const runsMembers = ({ cluster }: Pick<Context, "cluster">): boolean =>
  cluster.etcd.mode === "stacked" && cluster.hosts.filter(isControlPlane).length > 1;

/** Control planes that join the etcd which the first one has begun. */
export const joiningMembers = (context: Context): readonly string[] =>
  context.cluster.etcd.mode === "stacked" ? otherControlPlanes(context) : [];

/** A member's client port, by the door of its host. */
export const etcdEndpoint = (door: Context["door"], { name, internalAddress }: ClusterHost): EtcdEndpoint => ({
  dial: (signal) => door(name).dial(localhost(internalAddress), etcdClientPort, signal ? { signal } : {}),
  describe: `${name} (${urlHost(internalAddress)}:${etcdClientPort})`,
});

/** Members that may have a vote: the first control plane's, then those that had been started when the run began. */
export const etcdEndpoints = ({
  hosts,
  facts,
  first,
  door,
}: Pick<Context, "hosts" | "facts" | "first" | "door">): readonly EtcdEndpoint[] =>
  hosts
    .filter((host) => isControlPlane(host) && (host.name === first || facts.get(host.name)?.kubernetes.etcd?.hasData))
    .toSorted((a, b) => Number(b.name === first) - Number(a.name === first))
    .map((host) => etcdEndpoint(door, host));

/** A host of a file as etcd's list would have it. */
export const memberOf = ({ name, internalAddress }: Pick<ClusterHost, "name" | "internalAddress">) => ({
  name,
  peerUrl: peerUrl(internalAddress),
});

/** The default place is known without a manifest that names it. */
const hasData = (context: Context, host: string): boolean => {
  const { etcd, hasEtcdData } = factsOf(context, host).kubernetes;
  return etcd?.hasData ?? (context.cluster.etcd.dataDir === "/var/lib/etcd" && hasEtcdData);
};

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
 * The members that a host's manifest names: as it was first started, since they mean nothing to a member that has data, and a change of them
 * would start it anew; for one that joins, as the list was then. Undefined for the first of a cluster.
 */
export const joiningOf = (context: Context, host: string): readonly EtcdMember[] | undefined => {
  const { learned, first } = context;
  const found = factsOf(context, host).kubernetes.etcd;
  if (found?.hasData || (found && host === first))
    return found.initialState === undefined ? undefined : readInitialCluster(found.initialCluster);
  if (host === first) return undefined;
  const told = learned.has("initialClusters") ? learned.get("initialClusters").get(host) : undefined;
  if (!told) throw new KnownAfter(`the list of etcd's members for ${host}`, "join-etcd");
  return told;
};

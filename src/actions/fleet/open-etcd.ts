import type { Host } from "../../changes/host.ts";
import type { ClusterHost } from "../../config/types.ts";
import { openTcp } from "../../host/tcp.ts";
import { type Endpoint, formatEndpoint } from "../../kube/discovery-by/endpoint.ts";
import { openEtcd } from "../../kube/etcd/client.ts";
import type { Etcd, EtcdEndpoint } from "../../kube/etcd/types.ts";
import { begunMembers, etcdEndpoint } from "../../phases/common/etcd.ts";
import { healthCheckCredentials } from "../../pki/etcd-credentials.ts";
import { certificatesOf } from "../../templates/paths.ts";
import { doorOf } from "../give-back.ts";
import type { Survey } from "../survey.ts";

/** etcd as it was found, and the hosts that were reached and hold a member's data. */
export interface FoundEtcd {
  readonly client: Etcd;
  readonly hosts: readonly ClusterHost[];
}

/** Hosts that were reached and hold a member's data. */
export const foundMembers = ({ cluster, fleet, facts }: Pick<Survey, "cluster" | "fleet" | "facts">): readonly ClusterHost[] =>
  begunMembers({ cluster, facts }).filter(({ name }) => fleet.doors.has(name));

/** A member that serves at this address, as seen from a host. */
export const etcdThrough = (door: Host, endpoint: Endpoint): EtcdEndpoint => ({
  dial: (signal) => door.dial(endpoint.host, endpoint.port, signal ? { signal } : {}),
  describe: `${door.name} (${formatEndpoint(endpoint)})`,
});

/** The same, over the network from this machine. @param within milliseconds for a connection */
export const etcdAt = (endpoint: Endpoint, within: number): EtcdEndpoint => ({
  dial: (signal) => openTcp(endpoint.host, endpoint.port, within, signal),
  describe: formatEndpoint(endpoint),
});

/** The etcd of a cluster that exists, by the doors of its members' hosts; undefined where none that was reached runs a member. */
export const openFoundEtcd = ({ cluster, fleet, facts, pkiFound }: Pick<Survey, "cluster" | "fleet" | "facts" | "pkiFound">) => {
  const hosts = foundMembers({ cluster, fleet, facts });
  const heldBy = ({ name }: ClusterHost) =>
    healthCheckCredentials(`${certificatesOf(cluster)}/etcd`, (path) => pkiFound.get(name)?.get(path)?.content);
  const [credentials] = hosts.flatMap((host) => heldBy(host) ?? []);
  if (!credentials) return undefined;
  const endpoints = hosts.map((host) => etcdEndpoint({ cluster, door: doorOf(fleet) }, host));
  const found: FoundEtcd = { client: openEtcd({ endpoints, ...credentials }), hosts };
  return found;
};

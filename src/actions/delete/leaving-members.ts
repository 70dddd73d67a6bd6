import { isControlPlane, isEtcdHost } from "../../config/roles.ts";
import type { Cluster, ClusterHost } from "../../config/types.ts";
import { memberAt } from "../../kube/etcd/membership.ts";
import { healthyMembers, whyStay } from "../../kube/etcd/quorum.ts";
import type { EtcdMember } from "../../kube/etcd/types.ts";
import { gate } from "../../kube/patience.ts";
import { etcdEndpoint, memberOf } from "../../phases/common/etcd.ts";
import type { LeavingMembers } from "../../phases/common/reset-context.ts";
import { UserError } from "../../shared/errors.ts";
import { quoteAll } from "../../shared/quote.ts";
import { foundMembers, openFoundEtcd } from "../fleet/open-etcd.ts";
import { doorOf } from "../give-back.ts";
import { endpointAt, endpointOn } from "../kept/endpoint.ts";
import type { FleetOptions } from "../options.ts";
import type { Survey } from "../survey.ts";

type Named = Pick<FleetOptions, "file"> & { readonly names: readonly string[] };

const refuseLastEtcdHost = (cluster: Cluster, { file, names }: Named): void => {
  const hosts = cluster.hosts.filter(isEtcdHost);
  if (hosts.length === 0 || hosts.some(({ name }) => !names.includes(name))) return;
  throw new UserError(
    `${hosts.map(({ name }) => name).join(", ")} hold all that ${cluster.name} knows: without an etcd host there is no cluster`,
    {
      hint: `to delete the cluster with all its data: ${quoteAll(["kbs", "delete", "cluster", "-f", file])}`,
    },
  );
};

/** A cluster keeps a host for its etcd, and a control plane. @throws UserError exit "usage" */
export const refuseLast = (cluster: Cluster, { file, names }: Named): void => {
  refuseLastEtcdHost(cluster, { file, names });
  const planes = cluster.hosts.filter(isControlPlane);
  const named = planes.filter(({ name }) => names.includes(name));
  if (named.length > 0 && named.length === planes.length) {
    const all = named.map(({ name }) => name).join(", ");
    throw new UserError(
      named.length === 1
        ? `${all} is the only control plane of ${cluster.name}: without it there is no cluster`
        : `${all} are all the control planes of ${cluster.name}: without them there is no cluster`,
      { hint: `to delete the cluster with all its data: ${quoteAll(["kbs", "delete", "cluster", "-f", file])}` },
    );
  }
};

/**
 * Nobody who stays may reach the API by one who leaves: the file may name another endpoint than nodes have, which keep the one that they joined by.
 * @throws UserError exit "usage"
 */
export const refuseEndpoint = ({ cluster, facts, pkiFound }: Survey, names: readonly string[]): void => {
  const stay = cluster.hosts.filter(({ name }) => !names.includes(name));
  for (const { name: leaves, address, internalAddress } of cluster.hosts.filter(isControlPlane)) {
    if (!names.includes(leaves)) continue;
    const leadsTo = (endpoint: Cluster["controlPlaneEndpoint"] | undefined): boolean =>
      endpoint?.host === address || endpoint?.host === internalAddress;
    const cutOff = stay.filter(
      ({ name }) => leadsTo(endpointAt(facts.get(name)?.kubernetes.kubeletServer)) || leadsTo(endpointOn(pkiFound, name)),
    );
    const isAll = leadsTo(cluster.controlPlaneEndpoint);
    if (!isAll && cutOff.length === 0) continue;
    const who = isAll
      ? `every node of ${cluster.name} reaches`
      : `${cutOff.map(({ name }) => name).join(", ")} ${cutOff.length === 1 ? "reaches" : "reach"}`;
    throw new UserError(`${who} the API at ${internalAddress}, which is ${leaves} itself, and would be cut off without it`, {
      hint: "only a cluster whose controlPlaneEndpoint was a name or a load balancer's address from the start can do without its first control plane",
    });
  }
};

/** Where only the name of a node is known, its member has the same. */
const memberNamed = (members: readonly EtcdMember[], name: string, host: ClusterHost | undefined): EtcdMember | undefined =>
  (host && memberAt(members, memberOf(host).peerUrl)) ?? members.find((member) => member.name === name);

/**
 * The members of etcd that these hosts are, and how they can leave it. Changes nothing.
 * @param stays the fleet without them
 * @returns undefined where none of them is a member (any more)
 * @throws UserError exit "preflight" when etcd would lose its majority, KubeError when it does not answer
 */
export const membersThatLeave = async (
  found: Survey,
  stays: Survey,
  names: readonly string[],
  signal: AbortSignal,
): Promise<LeavingMembers | undefined> => {
  const { cluster } = found;
  if (cluster.etcd.mode === "external") return undefined;
  const opened = openFoundEtcd(stays);
  if (!opened) {
    throw new UserError("no host that stays runs etcd, so no member can leave it", {
      exit: "unreachable",
      hint: "see whether the other hosts that run etcd are up and reachable",
    });
  }
  const { client, hosts } = opened;
  try {
    const hostOf = (name: string): ClusterHost | undefined => cluster.hosts.find((host) => host.name === name);
    const members = await client.members({ signal, patience: 10_000 });
    const leaving = names.flatMap((name) => {
      const member = memberNamed(members, name, hostOf(name));
      return member ? [{ name, member, peerUrl: member.peerUrls[0] }] : [];
    });
    const door = doorOf(found.fleet);
    const healthy = (each: AbortSignal) =>
      healthyMembers(
        client,
        // Of several that leave, those whose turn is yet to come count until then.
        foundMembers(found).map((host) => etcdEndpoint({ cluster, door }, host)),
        each,
      );
    const why =
      leaving.length === 0
        ? undefined
        : whyStay(
            members,
            leaving.map(({ member }) => member),
            await healthy(signal),
          );
    if (why !== undefined) {
      throw new UserError(`nothing was changed: ${why}`, {
        exit: "preflight",
        hint: "bring the others back first, or take one that is gone for good out before",
      });
    }
    const [keeper] = hosts;
    if (leaving.length === 0 || !keeper) {
      client.close();
      return undefined;
    }
    return { client, keeper: keeper.name, leaving: new Map(leaving.map(({ name, peerUrl }) => [name, peerUrl])), healthy, inTurn: gate(1) };
  } catch (error) {
    client.close();
    throw error;
  }
};

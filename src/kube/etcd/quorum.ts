import { KubeError } from "../error.ts";
import { callName } from "./membership.ts";
import type { Etcd, EtcdEndpoint, EtcdMember } from "./types.ts";

/** Milliseconds for a member's word. */
const wordWithin = 5000;

/** Ids of the members that answer at these endpoints, have a vote, know a leader and complain of nothing. */
export const healthyMembers = async (etcd: Etcd, endpoints: readonly EtcdEndpoint[], signal: AbortSignal): Promise<ReadonlySet<string>> => {
  const ask = async (endpoint: EtcdEndpoint): Promise<readonly string[]> => {
    const own = etcd.by(endpoint);
    try {
      const { memberId, leader, isLearner, errors } = await own.status({ signal, timeout: wordWithin });
      return leader === "0" || isLearner || errors.length > 0 ? [] : [memberId];
    } catch (error) {
      if (error instanceof KubeError) return [];
      throw error;
    }
  };
  return new Set((await Promise.all(endpoints.map(ask))).flat());
};

const names = (members: readonly EtcdMember[]): string => members.map(callName).join(", ");

/** Why members must not leave: of those that stay, more than half must be healthy. Undefined when they may. */
export const whyStay = (
  members: readonly EtcdMember[],
  leaving: readonly EtcdMember[],
  healthy: ReadonlySet<string>,
): string | undefined => {
  const going = new Set(leaving.map(({ id }) => id));
  const staying = members.filter(({ id, isLearner }) => !isLearner && !going.has(id));
  if (staying.length === 0)
    return `no etcd member with a vote would stay but ${names(leaving)}, so all that the cluster knows would be lost`;
  const well = staying.filter(({ id }) => healthy.has(id));
  const needed = Math.floor(staying.length / 2) + 1;
  if (well.length >= needed) return undefined;
  const away = staying.filter(({ id }) => !healthy.has(id));
  return `without ${names(leaving)} etcd would be ${names(staying)}, of which ${needed} must be healthy, and ${names(away)} ${away.length === 1 ? "is" : "are"} not`;
};

/**
 * Why members must not restart now: of all that have a vote, more than half must go on meanwhile. Undefined when they may. One alone, or two, have
 * no majority without each other at any time, so they may always.
 */
export const whyNotRestart = (
  members: readonly EtcdMember[],
  restarting: readonly EtcdMember[],
  healthy: ReadonlySet<string>,
): string | undefined => {
  const voters = members.filter(({ isLearner }) => !isLearner);
  if (voters.length <= 2) return undefined;
  const away = new Set(restarting.map(({ id }) => id));
  const others = voters.filter(({ id }) => !away.has(id));
  const needed = Math.floor(voters.length / 2) + 1;
  if (others.filter(({ id }) => healthy.has(id)).length >= needed) return undefined;
  const ill = others.filter(({ id }) => !healthy.has(id));
  return `etcd has no majority while ${names(restarting)} ${restarting.length === 1 ? "restarts" : "restart"}: ${names(ill)} ${ill.length === 1 ? "is" : "are"} not healthy`;
};

import { KubeError } from "../kube/error.ts";
import { memberAt } from "../kube/etcd/membership.ts";
import { healthyMembers, whyNotRestart } from "../kube/etcd/quorum.ts";
import { until } from "../kube/until.ts";
import { etcdEndpoint, memberOf } from "../phases/common/etcd.ts";
import { UserError } from "../shared/errors.ts";
import { doorOf } from "./give-back.ts";
import { openFoundEtcd } from "./open-etcd.ts";
import type { Survey } from "./survey.ts";

/** Milliseconds that a member has to get well: one that was restarted a moment ago finds its leader within seconds. */
const patience = 15_000;

/**
 * Why what runs on these hosts must not restart now: etcd would lose its majority. Undefined when it may.
 * @returns exit "preflight", with the members that are not healthy
 */
export const refuseRestart = async (found: Survey, names: readonly string[], signal: AbortSignal): Promise<UserError | undefined> => {
  const opened = openFoundEtcd(found);
  const restarting = opened?.hosts.filter(({ name }) => names.includes(name)) ?? [];
  if (!opened || restarting.length === 0) {
    opened?.client.close();
    return undefined;
  }
  const { client, hosts } = opened;
  const endpoints = hosts.map((host) => etcdEndpoint(doorOf(found.fleet), host));
  let why: string | undefined;
  const look = async (within: AbortSignal): Promise<string | undefined> => {
    const members = await client.members({ signal: within });
    const going = restarting.flatMap((host) => memberAt(members, memberOf(host).peerUrl) ?? []);
    why = whyNotRestart(members, going, await healthyMembers(client, endpoints, within));
    return why;
  };
  try {
    await until("waiting for etcd to be healthy", look, { timeout: patience, signal });
    return undefined;
  } catch (error) {
    if (!(error instanceof UserError || error instanceof KubeError)) throw error;
    return new UserError(why ?? error.message, {
      exit: "preflight",
      hint: "bring those members back first: kbs apply --limit with their hosts' names mends them alone, kbs delete node takes out one that is gone for good",
      cause: error,
    });
  } finally {
    client.close();
  }
};

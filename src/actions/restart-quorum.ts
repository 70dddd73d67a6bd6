import { memberAt } from "../kube/etcd/membership.ts";
import { healthyMembers, whyNotRestart } from "../kube/etcd/quorum.ts";
import type { Etcd, EtcdEndpoint, EtcdMember } from "../kube/etcd/types.ts";
import { until } from "../kube/until.ts";
import { etcdEndpoint, memberOf } from "../phases/common/etcd.ts";
import { UserError } from "../shared/errors.ts";
import { openFoundEtcd } from "./fleet/open-etcd.ts";
import { doorOf } from "./give-back.ts";
import type { Survey } from "./survey.ts";

/** Milliseconds that a member has to get well: one that was restarted a moment ago finds its leader within seconds. */
const patience = 15_000;

/** Members that are to restart, and how etcd is asked about them. */
interface Restart {
  readonly client: Etcd;
  /** Where members serve, each by itself. */
  readonly endpoints: (members: readonly EtcdMember[]) => readonly EtcdEndpoint[];
  readonly restarting: (members: readonly EtcdMember[]) => readonly EtcdMember[];
}

/**
 * Waits until etcd can spare members for a moment.
 * @returns undefined once it can; else the error of the wait, and why it cannot, which an etcd that does not answer leaves open
 */
export const untilSpared = async (
  { client, endpoints, restarting }: Restart,
  signal: AbortSignal,
): Promise<{ readonly error: UserError; readonly why: string | undefined } | undefined> => {
  let why: string | undefined;
  const look = async (within: AbortSignal): Promise<string | undefined> => {
    const members = await client.members({ signal: within });
    why = whyNotRestart(members, restarting(members), await healthyMembers(client, endpoints(members), within));
    return why;
  };
  try {
    await until("waiting for etcd to be healthy", look, { timeout: patience, signal });
    return undefined;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { error, why };
  }
};

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
  const endpoints = hosts.map((host) => etcdEndpoint({ cluster: found.cluster, door: doorOf(found.fleet) }, host));
  const going = (members: readonly EtcdMember[]): readonly EtcdMember[] =>
    restarting.flatMap((host) => memberAt(members, memberOf(host).peerUrl) ?? []);
  try {
    const spared = await untilSpared({ client, endpoints: () => endpoints, restarting: going }, signal);
    if (!spared) return undefined;
    const { error, why } = spared;
    return new UserError(why ?? error.message, {
      exit: "preflight",
      hint: "bring those members back first: kbs apply --limit with their hosts' names mends them alone, kbs delete node takes out one that is gone for good",
      cause: error,
    });
  } finally {
    client.close();
  }
};

import { memberHosts } from "../../config/roles.ts";
import type { ClusterHost } from "../../config/types.ts";
import { callName, membershipProblems } from "../../kube/etcd/membership.ts";
import type { EtcdMember } from "../../kube/etcd/types.ts";
import { memberOf } from "../../phases/common/etcd.ts";
import type { Survey } from "../survey.ts";
import type { EtcdStatus } from "./types.ts";

export interface EtcdView {
  readonly members: readonly EtcdStatus[];
  /** A sentence for each thing that is not as it should be. */
  readonly waiting: readonly string[];
}

export const nothingOfEtcd: EtcdView = { members: [], waiting: [] };

interface Asked {
  /** Hosts whose members were asked themselves. */
  readonly asked: readonly ClusterHost[];
  /** Ids of those that are well. */
  readonly healthy: ReadonlySet<string>;
}

/** What the list of members says of the hosts of a file, the members' own word with it. */
export const viewEtcd = (
  { cluster, facts }: Pick<Survey, "cluster" | "facts">,
  members: readonly EtcdMember[],
  { asked, healthy }: Asked,
): EtcdView => {
  const askedUrls = new Set(asked.map((host) => memberOf(host).peerUrl));
  const rows = members.map((member): EtcdStatus => {
    const [peerUrl = ""] = member.peerUrls;
    const wasAsked = askedUrls.has(peerUrl);
    return { name: callName(member), peerUrl, isLearner: member.isLearner, ...(wasAsked && { healthy: healthy.has(member.id) }) };
  });
  const wished = memberHosts(cluster)
    .filter(({ name }) => facts.has(name))
    .map(memberOf);
  const known = new Set(cluster.hosts.map((host) => memberOf(host).peerUrl));
  return {
    members: rows.toSorted((a, b) => a.name.localeCompare(b.name)),
    waiting: [
      ...membershipProblems(members, wished),
      ...rows.filter((row) => row.healthy === false && !row.isLearner).map(({ name }) => `etcd member ${name} is not healthy`),
      ...rows
        .filter(({ peerUrl }) => !known.has(peerUrl))
        .map(({ name, peerUrl }) => `etcd member ${name} (${peerUrl}) is no host of the file`),
    ],
  };
};

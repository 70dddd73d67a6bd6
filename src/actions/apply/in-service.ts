import { isControlPlane, isEtcdHost, isNode } from "../../config/roles.ts";
import type { ClusterHost } from "../../config/types.ts";
import { isActive } from "../../facts/systemd.ts";
import type { Context } from "../../phases/context.ts";
import { etcdClientPort } from "../../templates/static-pods/index.ts";

type Found = Pick<Context, "cluster" | "hosts" | "facts" | "joined">;

/** Hosts that run etcd alone, and run it now. */
const runningEtcd = ({ hosts, facts }: Found): readonly ClusterHost[] =>
  hosts.filter((host) => {
    const found = facts.get(host.name);
    return isEtcdHost(host) && found?.kubernetes.etcd?.hasData && found.systemd.units["etcd"]?.active === "active";
  });

/** Control planes whose own processes answer; none where etcd has no majority on them, as nobody has an API then that a restart could take away. */
const runningPlanes = ({ cluster, hosts, facts }: Found): readonly ClusterHost[] => {
  const planes = hosts.filter(isControlPlane);
  const listens = ({ name }: ClusterHost, port: number): boolean =>
    facts.get(name)?.listeners.some((listener) => listener.protocol === "tcp" && listener.port === port) === true;
  const members = planes.filter(({ name }) => facts.get(name)?.kubernetes.etcd?.hasData);
  const answering = members.filter((host) => listens(host, etcdClientPort));
  if (cluster.etcd.mode === "stacked" && answering.length * 2 <= members.length) return [];
  return planes.filter((host) => answering.includes(host) || listens(host, cluster.kubernetes.apiServer.bindPort));
};

/**
 * Names of hosts that have something to lose when what runs on them restarts: nodes that are ready, and whatever serves the cluster though its node is not.
 * @param ready nodes, by the API; undefined where it does not tell: then every kubelet that runs and has joined counts
 */
export const inService = (found: Found, ready: ReadonlySet<string> | undefined): ReadonlySet<string> => {
  const { hosts, facts, joined } = found;
  const runs = ({ name }: ClusterHost): boolean => {
    const systemd = facts.get(name)?.systemd;
    return joined.has(name) && systemd !== undefined && isActive(systemd, "kubelet");
  };
  const nodes = ready ?? hosts.filter((host) => isNode(host) && !isControlPlane(host) && runs(host)).map(({ name }) => name);
  return new Set([...nodes, ...[...runningEtcd(found), ...runningPlanes(found)].map(({ name }) => name)]);
};

import { isControlPlane, isEtcdHost, isNode } from "../../config/roles.ts";
import type { ClusterHost } from "../../config/types.ts";
import type { PlannedHost } from "../../engine/plan/plan.ts";

export interface RollingInput {
  /** In the order of the file. */
  readonly hosts: readonly ClusterHost[];
  readonly planned: readonly PlannedHost[];
  /** Names of hosts that are in service: only they have something to lose. All others are mended at once, as by a create that goes on. */
  readonly serving: ReadonlySet<string>;
  /** How many workers may be away at once. */
  readonly maxUnavailable: number;
}

/**
 * Members in the order in which they are changed, group after group: those on which something restarts; hosts that run etcd alone, then control planes
 * one by one, then workers as many at once as may be away. Where control planes have a turn, etcd hosts that are new join before: what control planes
 * are told of is there then.
 */
export const rollingGroups = ({ hosts, planned, serving, maxUnavailable }: RollingInput): readonly (readonly string[])[] => {
  const restarted = new Set(planned.filter(({ restarts }) => restarts.some(({ running }) => running)).map(({ host }) => host));
  const starting = new Set(planned.filter(({ restarts }) => restarts.length > 0).map(({ host }) => host));
  const disturbed = hosts.filter(({ name }) => serving.has(name) && restarted.has(name));
  const controlPlanes = disturbed.filter(isControlPlane);
  const joining =
    controlPlanes.length > 0 ? hosts.filter((host) => isEtcdHost(host) && !serving.has(host.name) && starting.has(host.name)) : [];
  const single = [...disturbed.filter(isEtcdHost), ...joining, ...controlPlanes].map(({ name }) => [name]);
  const workers = disturbed.filter((host) => isNode(host) && !isControlPlane(host)).map(({ name }) => name);
  const groups = Array.from({ length: Math.ceil(workers.length / maxUnavailable) }, (_, nth) =>
    workers.slice(nth * maxUnavailable, (nth + 1) * maxUnavailable),
  );
  return [...single, ...groups];
};

import { isControlPlane } from "../config/roles.ts";
import type { ClusterHost } from "../config/types.ts";
import type { PlannedHost } from "../engine/plan/plan.ts";

export interface RollingInput {
  /** In the order of the file. */
  readonly hosts: readonly ClusterHost[];
  readonly planned: readonly PlannedHost[];
  /** Names of nodes that are ready now: only they have something to lose. All others are mended at once, as by a create that goes on. */
  readonly ready: ReadonlySet<string>;
  /** How many workers may be away at once. */
  readonly maxUnavailable: number;
}

/**
 * Members in the order in which they are changed, group after group: those on which something restarts; control planes one by one, then
 * workers as many at once as may be away.
 */
export const rollingGroups = ({ hosts, planned, ready, maxUnavailable }: RollingInput): readonly (readonly string[])[] => {
  const restarted = new Set(planned.filter(({ restarts }) => restarts.some(({ running }) => running)).map(({ host }) => host));
  const disturbed = hosts.filter(({ name }) => ready.has(name) && restarted.has(name));
  const first = disturbed.filter(isControlPlane).map(({ name }) => [name]);
  const workers = disturbed.filter((host) => !isControlPlane(host)).map(({ name }) => name);
  const groups = Array.from({ length: Math.ceil(workers.length / maxUnavailable) }, (_, nth) =>
    workers.slice(nth * maxUnavailable, (nth + 1) * maxUnavailable),
  );
  return [...first, ...groups];
};

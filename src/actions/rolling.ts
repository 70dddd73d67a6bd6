import type { ClusterHost } from "../config/types.ts";
import type { PlannedHost } from "../engine/plan/plan.ts";
import { isControlPlane } from "../phases/context.ts";

export interface RollingInput {
  /** In the order of the file. */
  readonly hosts: readonly ClusterHost[];
  readonly planned: readonly PlannedHost[];
  /** Hosts that are members already: only they have something to lose. */
  readonly joined: ReadonlySet<string>;
  /** Whether the API answers; while it does not, control planes with any change come first, since nobody else can be proven healthy. */
  readonly answers: boolean;
  /** How many workers may be away at once. */
  readonly maxUnavailable: number;
}

/**
 * Members in the order in which they are changed, group after group: those on which something restarts; control planes one by one, then
 * workers as many at once as may be away.
 */
export const rollingGroups = ({ hosts, planned, joined, answers, maxUnavailable }: RollingInput): readonly (readonly string[])[] => {
  const byName = new Map(planned.map((host) => [host.host, host]));
  const isDisturbed = (host: ClusterHost): boolean => {
    const plan = byName.get(host.name);
    if (!plan || !joined.has(host.name)) return false;
    return plan.restarts.some(({ running }) => running) || (!answers && isControlPlane(host) && plan.changes > 0);
  };
  const disturbed = hosts.filter(isDisturbed);
  const first = disturbed.filter(isControlPlane).map(({ name }) => [name]);
  const workers = disturbed.filter((host) => !isControlPlane(host)).map(({ name }) => name);
  const groups = Array.from({ length: Math.ceil(workers.length / maxUnavailable) }, (_, nth) =>
    workers.slice(nth * maxUnavailable, (nth + 1) * maxUnavailable),
  );
  return [...first, ...groups];
};

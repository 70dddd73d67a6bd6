import { groupAlike, type HostGroup } from "./alike.ts";
import type { DecisiveStretch } from "./decisive.ts";
import type { HostRecord, RunRecord } from "./record.ts";

/** So many hosts and groups of hosts are told in full: a page of a few megabytes opens on any machine. */
const mostInFull = 60;

export interface Selection {
  /** Told in full, in the order of the configuration. */
  readonly full: readonly HostGroup[];
  /** Told in a row each. */
  readonly brief: readonly HostGroup[];
}

const isDone = ({ units, failure }: HostRecord): boolean => failure === undefined && units.every(({ state }) => state === "done");

/** The lower, the more a person wants to see it. */
const rankOf = ({ shown, hosts }: HostGroup, decisive: ReadonlySet<string>): number => {
  if (!isDone(shown)) return 0;
  if (decisive.has(shown.name) || hosts.length > 1) return 1;
  return shown.warnings.length > 0 ? 2 : 3;
};

/** Which hosts a report tells in full: those that failed first, then those that decided, then the others as far as there is room. */
export const selectHosts = ({ hosts }: RunRecord, path: readonly DecisiveStretch[]): Selection => {
  const decisive = new Set(path.flatMap(({ host }) => host ?? []));
  const groups = groupAlike([...hosts.values()], decisive);
  const chosen = new Set(groups.toSorted((a, b) => rankOf(a, decisive) - rankOf(b, decisive)).slice(0, mostInFull));
  return { full: groups.filter((group) => chosen.has(group)), brief: groups.filter((group) => !chosen.has(group)) };
};

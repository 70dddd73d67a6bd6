import { endOf, middle, worked } from "./measure.ts";
import type { HostRecord } from "./record.ts";

/** Hosts of which the same is to be told. */
export interface HostGroup {
  /** The one that is shown for all. */
  readonly shown: HostRecord;
  /** With it; alone when it is told for itself. */
  readonly hosts: readonly HostRecord[];
}

/** So many hosts are told one by one, whether they are alike or not. */
const few = 12;

/** Fewer hosts than these are no group. */
const fewestAlike = 3;

/** A host that worked so much longer than the one in the middle of its group is told for itself: by a factor, and in milliseconds. */
const slower = { times: 2, by: 5000 };

const inAnyOrder = (parts: readonly unknown[]): readonly string[] => parts.map((part) => JSON.stringify(part)).toSorted();

/** What happened on a host, without its name and its times. */
const storyOf = ({ name, machine, units, changes, warnings, failure }: HostRecord): string =>
  JSON.stringify([
    machine?.roles,
    inAnyOrder(units.map(({ phase, state, changed, reason, error }) => [phase, state, changed, reason, error?.message, error?.probably])),
    inAnyOrder(changes.map(({ phase, change, state }) => [phase, change, state])),
    warnings,
    failure?.message,
  ]).replaceAll(name, "<host>");

/** Those of alike hosts that were much slower than the others are told apart from them. */
const withoutSlow = (hosts: readonly HostRecord[]): { readonly usual: readonly HostRecord[]; readonly slow: readonly HostRecord[] } => {
  const limit = middle(hosts.map(worked)) * slower.times + slower.by;
  return { usual: hosts.filter((host) => worked(host) <= limit), slow: hosts.filter((host) => worked(host) > limit) };
};

const single = (host: HostRecord): HostGroup => ({ shown: host, hosts: [host] });

/** The host that was done in the middle of its group stands for all. */
const toGroup = (hosts: readonly HostRecord[]): HostGroup => {
  const ordered = hosts.toSorted((a, b) => endOf(a) - endOf(b));
  const shown = ordered[Math.floor(ordered.length / 2)] ?? hosts[0];
  if (!shown) throw new Error("a group has no hosts");
  return { shown, hosts };
};

/**
 * Puts hosts together on which the same happened, where there are too many to tell of each.
 * @param apart names of hosts that are told for themselves
 * @returns in the order of the hosts
 */
export const groupAlike = (hosts: readonly HostRecord[], apart: ReadonlySet<string>): readonly HostGroup[] => {
  if (hosts.length <= few) return hosts.map(single);
  const stories = Map.groupBy(hosts, (host) => (apart.has(host.name) ? host : storyOf(host)));
  const groups = [...stories.values()].flatMap((alike) => {
    const { usual, slow } = withoutSlow(alike);
    return [...(usual.length >= fewestAlike ? [toGroup(usual)] : usual.map(single)), ...slow.map(single)];
  });
  const place = new Map(hosts.map((host, index) => [host, index]));
  return groups.toSorted((a, b) => (place.get(a.hosts[0] ?? a.shown) ?? 0) - (place.get(b.hosts[0] ?? b.shown) ?? 0));
};

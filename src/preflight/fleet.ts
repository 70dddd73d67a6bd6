import type { Cluster, ClusterHost } from "../config/types.ts";
import type { HostFacts } from "../facts/index.ts";
import type { CheckContext } from "./check.ts";

/** Every host that answered, by name. */
export type Fleet = ReadonlyMap<string, HostFacts>;

/** Of which fleet a map of others is a part. */
const wholes = new WeakMap<Fleet, Fleet>();

/** A fleet without one host. Looking up costs what it costs in the fleet; no host is copied for it. */
export const othersIn = (fleet: Fleet, name: string): Fleet => {
  const isOther = (key: string): boolean => key !== name;
  function* entries(): Generator<[string, HostFacts]> {
    for (const entry of fleet) if (isOther(entry[0])) yield entry;
  }
  const others: Fleet = {
    size: fleet.size - (fleet.has(name) ? 1 : 0),
    get: (key) => (isOther(key) ? fleet.get(key) : undefined),
    has: (key) => isOther(key) && fleet.has(key),
    entries: () => new Map(entries()).entries(),
    keys: () => new Map(entries()).keys(),
    values: () => new Map(entries()).values(),
    forEach: (call) => new Map(entries()).forEach(call),
    [Symbol.iterator]: () => new Map(entries())[Symbol.iterator](),
  };
  wholes.set(others, fleet);
  return others;
};

/** All hosts that answered, this one among them. */
const fleetOf = ({ host, facts, others }: CheckContext): Fleet => {
  const fleet = wholes.get(others) ?? new Map([[host.name, facts], ...others]);
  wholes.set(others, fleet);
  return fleet;
};

/**
 * What is to be worked out once for all hosts of a fleet: asked of every host against every other, a check of thousands would take minutes.
 * It may depend on nothing but the fleet and its cluster.
 */
export const once = <T>(work: (fleet: Fleet, cluster: Cluster) => T): ((context: CheckContext) => T) => {
  const known = new WeakMap<Fleet, { readonly value: T }>();
  return (context) => {
    const fleet = fleetOf(context);
    const found = known.get(fleet) ?? { value: work(fleet, context.cluster) };
    known.set(fleet, found);
    return found.value;
  };
};

/** The hosts of the configuration by name. */
export const hostsByName = once((_, { hosts }): ReadonlyMap<string, ClusterHost> => new Map(hosts.map((host) => [host.name, host])));

/** Names of the hosts that have the same key; a host without one is like no other. */
export const groups = (
  keyOf: (facts: HostFacts, host: ClusterHost | undefined) => string | undefined,
): ((context: CheckContext) => readonly string[]) => {
  const grouped = once((fleet, { hosts }) => {
    const configured = new Map(hosts.map((host) => [host.name, host]));
    return Map.groupBy(fleet, ([name, facts]) => keyOf(facts, configured.get(name)));
  });
  return (context) => {
    const key = keyOf(context.facts, context.host);
    const group = key === undefined ? [] : (grouped(context).get(key) ?? []);
    return group.flatMap(([name]) => (name === context.host.name ? [] : [name]));
  };
};

import type { Deltas } from "../config/releases.ts";
import type { Arg } from "../config/types.ts";

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const sorted = (args: readonly Arg[]): readonly Arg[] => args.toSorted((a, b) => compare(a.name, b.name) || compare(a.value, b.value));

/** Flags by name, without dashes; what is undefined is left out. */
export type Flags = Readonly<Record<string, string | undefined>>;

const argsOf = (flags: Flags): readonly Arg[] =>
  Object.entries(flags).flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }]));

/**
 * A component's flags as kubeadm joins them: an extra argument takes the place of every default of its name, and all extra ones stay,
 * repeated names too.
 */
export const commandLine = (defaults: Flags, extra: readonly Arg[], { extraArgs }: Pick<Deltas, "extraArgs">): readonly string[] => {
  const overridden = new Set(extra.map(({ name }) => name));
  const kept = argsOf(defaults).filter(({ name }) => !overridden.has(name));
  const all = extraArgs === "sorted" ? sorted([...kept, ...extra]) : [...sorted(kept), ...extra];
  return all.map(({ name, value }) => `--${name}=${value}`);
};

/** The value of an extra argument; the last one counts when it is repeated. */
export const lastValue = (args: readonly Arg[], name: string): string | undefined => args.findLast((arg) => arg.name === name)?.value;

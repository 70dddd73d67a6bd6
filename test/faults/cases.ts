import { type Random, randomOf, shuffled } from "../support/random.ts";
import { type Boundary, isPhaseEnd, kindOf, nameOf } from "./boundary.ts";
import { type FaultName, kills } from "./faults.ts";

/** A run that is cut at a boundary, then run again. With more than one: each run is cut at the first that it meets and none before it was. */
export interface Case {
  readonly scenario: string;
  readonly fault: FaultName;
  readonly at: readonly Boundary[];
  /** Whether what kbs has written on the operator's machine is lost before it runs again. */
  readonly forgets: boolean;
}

/** What makes two cases the same one, whatever else was asked for. */
export const keyOf = ({ scenario, fault, at, forgets }: Case): string =>
  [scenario, fault, ...at.map(nameOf), forgets ? "local state lost" : ""].join(" | ");

export interface Wish {
  readonly scenario: string;
  /** One for all; or, not told, one of the three ways to kill for each boundary, by chance. */
  readonly fault?: FaultName;
  readonly seed: number;
  /** How many cases share the boundaries of a run, each cut again and again; 0: a case for each boundary. */
  readonly series: number;
}

const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** What a person types to have this very case again. */
export const repeatOf = ({ scenario, fault, at, forgets }: Case): string =>
  ["npm run faults --", `--scenario ${scenario}`, `--fault ${fault}`, ...at.map((boundary) => `--at ${quoted(nameOf(boundary))}`)]
    .concat(forgets ? ["--forget"] : [])
    .join(" ");

/** At the end of a phase no script stands still: there only kbs can be killed. */
const faultAt = (boundary: Boundary, next: Random, wished?: FaultName): FaultName | undefined => {
  const fault = wished ?? kills[Math.floor(next() * kills.length)] ?? "kill-kbs";
  if (!isPhaseEnd(boundary)) return fault;
  return wished === undefined || fault === "kill-kbs" ? "kill-kbs" : undefined;
};

/** The cases for the boundaries of a run, in no order, so that a bench which is cut short has seen all of it. */
export const casesFor = (boundaries: readonly Boundary[], { scenario, fault, seed, series }: Wish): Case[] => {
  const next = randomOf(seed, "order");
  if (series > 0) {
    const met = boundaries.filter((boundary) => !isPhaseEnd(boundary) || fault === undefined || kills.includes(fault));
    const hands = Array.from({ length: series }, (_, hand) => met.filter((_boundary, nth) => nth % series === hand)).filter(
      (at) => at.length > 0,
    );
    return hands.map((at, hand) => ({ scenario, fault: fault ?? kills[hand % kills.length] ?? "kill-kbs", at, forgets: hand % 2 === 1 }));
  }
  // By name: two machines that share the cases have each seen the boundaries in an order of its own.
  const named = boundaries.toSorted((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1));
  const single = named.flatMap((boundary): Case[] => {
    const own = randomOf(seed, `${scenario} ${nameOf(boundary)}`);
    const chosen = faultAt(boundary, own, fault);
    return chosen ? [{ scenario, fault: chosen, at: [boundary], forgets: own() < 0.5 }] : [];
  });
  return shuffled(single, next);
};

/** So many of the cases: one for each kind of boundary first, then any. */
export const sampleOf = (cases: readonly Case[], count: number): Case[] => {
  const kinds = new Set<string>();
  const isNew = ({ at }: Case): boolean => {
    const fresh = at.map(kindOf).filter((kind) => !kinds.has(kind));
    for (const kind of fresh) kinds.add(kind);
    return fresh.length > 0;
  };
  const [first, others] = [new Set<Case>(), new Set<Case>()];
  for (const one of cases) (isNew(one) ? first : others).add(one);
  return [...first, ...others].slice(0, count);
};

/** The cases of one of several machines that share them: `nth` from 1 on. */
export const shardOf = (cases: readonly Case[], nth: number, count: number): Case[] =>
  cases.filter((_, index) => index % count === nth - 1);

import { createHash } from "node:crypto";

/** Numbers from 0 to 1, the same for the same seed. */
export type Random = () => number;

/** A small generator of good enough numbers (mulberry32). */
export const random = (seed: number): Random => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

/** A generator for a thing that has a name: what is drawn for it depends on no other thing. */
export const randomOf = (seed: number, name: string): Random =>
  random(createHash("sha256").update(`${seed} ${name}`).digest().readUInt32LE());

/** The same things in no order. */
export const shuffled = <T>(things: readonly T[], next: Random): T[] =>
  things
    .map((thing) => [next(), thing] as const)
    .toSorted(([a], [b]) => a - b)
    .map(([, thing]) => thing);

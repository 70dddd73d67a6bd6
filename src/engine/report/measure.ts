import type { HostRecord, Interval, UnitRecord } from "./record.ts";

/** Milliseconds. */
export const lengthOf = ({ from, to }: Interval): number => to - from;

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** Milliseconds that a unit waited. */
export const waited = ({ waits }: Pick<UnitRecord, "waits">): number => sum(waits.map(lengthOf));

/** Milliseconds that a host's units worked, one after the other or not. */
export const worked = ({ units }: Pick<HostRecord, "units">): number => sum(units.map((unit) => lengthOf(unit) - waited(unit)));

/** Bytes of content that a host was sent. */
export const contentSent = ({ sent }: Pick<HostRecord, "sent">): number => sum(sent.map(({ bytes }) => bytes));

/** The one in the middle, the higher of two; 0 of none. */
export const middle = (numbers: readonly number[]): number => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;

/** How long two intervals have in common, in milliseconds. */
export const overlap = (one: Interval, other: Interval): number => Math.max(0, Math.min(one.to, other.to) - Math.max(one.from, other.from));

/** When a host had done its part. */
export const endOf = ({ units }: Pick<HostRecord, "units">): number =>
  units.reduce((latest, { to, begun }) => (begun ? Math.max(latest, to) : latest), 0);

import type { Interval } from "./record.ts";

/**
 * Puts intervals into as few lanes as it takes for none to lie over another.
 * @param least how much room even the shortest takes, in the unit of the intervals
 */
export const inLanes = <T extends Interval>(intervals: readonly T[], least: number): readonly (readonly T[])[] => {
  const lanes: { until: number; readonly items: T[] }[] = [];
  for (const interval of intervals.toSorted((a, b) => a.from - b.from || b.to - a.to)) {
    const free = lanes.find(({ until }) => until <= interval.from);
    const lane = free ?? { until: 0, items: [] };
    if (free === undefined) lanes.push(lane);
    lane.items.push(interval);
    lane.until = Math.max(interval.to, interval.from + least);
  }
  return lanes.map(({ items }) => items);
};

/** The middle of some numbers: of an even count the mean of the two in the middle. */
export const median = (numbers: readonly number[]): number => {
  if (numbers.length === 0) throw new RangeError("no numbers have no median");
  const sorted = numbers.toSorted((left, right) => left - right);
  const half = sorted.length / 2;
  const middle = [sorted[Math.ceil(half) - 1], sorted[Math.floor(half)]].map(Number);
  return middle.reduce((sum, each) => sum + each, 0) / middle.length;
};

/** Median, and what lies around it: "31.2 (30.0 – 33.1)". */
export const spread = (numbers: readonly number[], show: (value: number) => string): string =>
  `${show(median(numbers))} (${show(Math.min(...numbers))} – ${show(Math.max(...numbers))})`;

/** Milliseconds as seconds with one decimal. */
export const seconds = (ms: number): string => (ms / 1000).toFixed(1);

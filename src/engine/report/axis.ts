/** Steps between marks that a person reads well, in milliseconds. */
const steps = [100, 200, 500, ...[1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400].map((seconds) => seconds * 1000)];

/** At most so many marks, 0 not counted. */
const mostMarks = 6;

/** Moments to mark on an axis, in milliseconds: from 0 on, evenly spaced. @param end in milliseconds */
export const marksTo = (end: number): readonly number[] => {
  const step = steps.find((each) => end / each <= mostMarks) ?? Math.ceil(end / mostMarks / 3_600_000) * 3_600_000;
  return Array.from({ length: Math.floor(end / step) + 1 }, (_, index) => index * step);
};

const two = (number: number): string => String(number).padStart(2, "0");

/** `0`, `2.5 s`, `40 s`, `2:30 min`, `1:30 h`. @param at milliseconds */
export const markText = (at: number): string => {
  if (at === 0) return "0";
  if (at < 60_000) return `${at / 1000} s`;
  const minutes = Math.floor(at / 60_000);
  if (at < 3_600_000) return `${minutes}:${two(Math.floor((at % 60_000) / 1000))} min`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)} h`;
};

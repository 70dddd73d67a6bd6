import { parseGoDuration } from "../../shared/go-duration.ts";

/** A number without zeros at the end of its decimals; nine of them are a nanosecond's. */
const decimal = (value: number): string => value.toFixed(9).replace(/\.?0+$/, "");

const hour = 3_600_000;
const minute = 60_000;

/** Milliseconds as Go prints a duration: `4m0s`, `1.5s`, `100ms`. */
export const formatGoDuration = (milliseconds: number): string => {
  const [sign, value] = milliseconds < 0 ? ["-", -milliseconds] : ["", milliseconds];
  if (value === 0) return "0s";
  if (value < 1e-3) return `${sign}${decimal(value * 1e6)}ns`;
  if (value < 1) return `${sign}${decimal(value * 1e3)}µs`;
  if (value < 1000) return `${sign}${decimal(value)}ms`;
  const [hours, minutes] = [Math.floor(value / hour), Math.floor((value % hour) / minute)];
  const seconds = `${decimal((value % minute) / 1000)}s`;
  return `${sign}${hours > 0 ? `${hours}h` : ""}${hours > 0 || minutes > 0 ? `${minutes}m` : ""}${seconds}`;
};

/** Whole seconds of a duration, rounded up. @throws RangeError for what is no duration: rules speak of these first */
export const goSeconds = (text: string): number => {
  const value = parseGoDuration(text);
  if (value === undefined) throw new RangeError(`${JSON.stringify(text)} is no duration`);
  return Math.ceil(value / 1000);
};

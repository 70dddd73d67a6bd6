/** Nanoseconds in each of Go's units (time.ParseDuration). */
const units: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

const part = /(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/gy;

const fraction = (digits: string, unit: bigint): bigint => (BigInt(digits) * unit) / 10n ** BigInt(digits.length);

/** A duration as Go reads it (`1h30m`, `1.5s`, `-3ms`, `0`), in nanoseconds; undefined for anything else. */
export const parseGoDuration = (text: string): bigint | undefined => {
  const [, sign = "", rest = ""] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  if (rest === "0") return 0n;
  let total = 0n;
  let end = 0;
  for (const match of rest.matchAll(part)) {
    const [whole, digits = "", decimals = "", unit = ""] = match;
    if (digits === "" && decimals === "") return undefined;
    total += BigInt(digits || 0) * (units[unit] ?? 0n) + (decimals === "" ? 0n : fraction(decimals, units[unit] ?? 0n));
    end = match.index + whole.length;
  }
  if (end === 0 || end !== rest.length) return undefined;
  return sign === "-" ? -total : total;
};

const decimal = (value: bigint, unit: bigint): string => {
  const rest = value % unit;
  const digits =
    rest === 0n
      ? ""
      : `.${String(rest)
          .padStart(String(unit).length - 1, "0")
          .replace(/0+$/, "")}`;
  return `${value / unit}${digits}`;
};

/** Nanoseconds as Go prints a duration: `4m0s`, `1.5s`, `100ms`. */
export const formatGoDuration = (nanoseconds: bigint): string => {
  const [sign, value] = nanoseconds < 0n ? ["-", -nanoseconds] : ["", nanoseconds];
  if (value === 0n) return "0s";
  for (const [unit, size] of [
    ["ns", 1n],
    ["µs", 1_000n],
    ["ms", 1_000_000n],
  ] as const)
    if (value < size * 1_000n) return `${sign}${decimal(value, size)}${unit}`;
  const [hours, minutes] = [value / 3_600_000_000_000n, (value / 60_000_000_000n) % 60n];
  const seconds = `${decimal(value % 60_000_000_000n, 1_000_000_000n)}s`;
  return `${sign}${hours > 0n ? `${hours}h` : ""}${hours > 0n || minutes > 0n ? `${minutes}m` : ""}${seconds}`;
};

/** Whole seconds of a duration, rounded up. @throws RangeError for what is no duration: rules speak of these first */
export const goSeconds = (text: string): number => {
  const value = parseGoDuration(text);
  if (value === undefined) throw new RangeError(`${JSON.stringify(text)} is no duration`);
  return Number((value + 999_999_999n) / 1_000_000_000n);
};

/** Milliseconds of Go's units of time. */
const units: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1, us: 1e-3, µs: 1e-3, μs: 1e-3, ns: 1e-6 };

/** Reads whatever Go's time.ParseDuration reads (`24h0m0s`, `1.5h`, `-3m`, `0`), in milliseconds; undefined for anything else. */
export const parseGoDuration = (text: string): number | undefined => {
  const [, sign, parts = ""] = /^([+-]?)(0|(?:(?:\d+\.?\d*|\.\d+)(?:h|ms|m|s|us|µs|μs|ns))+)$/.exec(text) ?? [];
  if (sign === undefined) return undefined;
  const found = [...parts.matchAll(/([\d.]+)(\D+)/g)];
  const total = found.reduce((sum, [, count, unit = ""]) => sum + Number(count) * (units[unit] ?? 0), 0);
  return sign === "-" ? -total : total;
};

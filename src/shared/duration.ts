const seconds: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1 };

/** Reads a duration as Go writes it (`8760h`, `1h30m`) in seconds; undefined for anything else. Parts below a second are refused. */
export const parseDuration = (text: string): number | undefined => {
  if (!/^(?:\d+[hms])+$/.test(text)) return undefined;
  return [...text.matchAll(/(\d+)([hms])/g)].reduce((sum, [, count, unit = ""]) => sum + Number(count) * (seconds[unit] ?? 0), 0);
};

/** Seconds as Go prints a duration: `8760h0m0s`. */
export const formatDuration = (total: number): string => {
  const [h, m, s] = [Math.floor(total / 3600), Math.floor((total % 3600) / 60), total % 60];
  return h > 0 ? `${h}h${m}m${s}s` : m > 0 ? `${m}m${s}s` : `${s}s`;
};

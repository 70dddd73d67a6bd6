const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** RFC 7386: maps are merged, null takes a field away, everything else replaces what was there. */
export const mergePatch = (target: unknown, patch: unknown): unknown => {
  if (!isMap(patch)) return patch;
  const merged: Record<string, unknown> = isMap(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else if (value !== undefined) merged[key] = mergePatch(merged[key], value);
  }
  return merged;
};

/** What is there, without fields which a manager named the last time and names no longer. */
export const withoutDropped = (target: unknown, last: unknown, now: unknown): unknown => {
  if (!isMap(target) || !isMap(last)) return target;
  const entries = Object.entries(target).flatMap(([key, value]): [string, unknown][] => {
    if (!(key in last)) return [[key, value]];
    if (!isMap(now) || !(key in now)) return isMap(last[key]) && isMap(value) ? emptied(key, value, last[key]) : [];
    return [[key, withoutDropped(value, last[key], now[key])]];
  });
  return Object.fromEntries(entries);
};

const emptied = (key: string, value: unknown, last: unknown): [string, unknown][] => {
  const rest = withoutDropped(value, last, {});
  return isMap(rest) && Object.keys(rest).length > 0 ? [[key, rest]] : [];
};

type Plain = Readonly<Record<string, unknown>>;

const isPlain = (value: unknown): value is Plain => typeof value === "object" && value !== null && !Array.isArray(value);

/** Lays a fragment over a configuration: objects merge, everything else replaces. A null says nothing, as in a Go structure. */
export const mergeDeep = (base: Plain, fragment: Plain): Plain => {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(fragment)) {
    if (value === null || value === undefined) continue;
    const below = merged[key];
    merged[key] = isPlain(value) ? mergeDeep(isPlain(below) ? below : {}, value) : value;
  }
  return merged;
};

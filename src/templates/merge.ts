import { isMap } from "../shared/is-map.ts";

type Plain = Readonly<Record<string, unknown>>;

/** Lays a fragment over a configuration: objects merge, everything else replaces. A null says nothing, as in a Go structure. */
export const mergeDeep = (base: Plain, fragment: Plain): Plain => {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(fragment)) {
    if (value === null || value === undefined) continue;
    const below = merged[key];
    merged[key] = isMap(value) ? mergeDeep(isMap(below) ? below : {}, value) : value;
  }
  return merged;
};

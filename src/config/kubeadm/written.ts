import type { Path } from "../schema.ts";

/** A document, or a map in one, of which only what YAML says is known. */
export type Written = Readonly<Record<string, unknown>>;

export const isMapping = (value: unknown): value is Written => typeof value === "object" && value !== null && !Array.isArray(value);

/** What stands at a path through maps; undefined where there is nothing. */
export const valueAt = (value: unknown, path: Path): unknown => {
  let here = value;
  for (const key of path) here = isMapping(here) ? here[key] : undefined;
  return here;
};

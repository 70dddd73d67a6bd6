import { isMap } from "../../shared/is-map.ts";
import type { Path } from "../schema.ts";

/** A document, or a map in one, of which only what YAML says is known. */
export type Written = Readonly<Record<string, unknown>>;

/** What stands at a path through maps; undefined where there is nothing. */
export const valueAt = (value: unknown, path: Path): unknown => {
  let here = value;
  for (const key of path) here = isMap(here) ? here[key] : undefined;
  return here;
};

const whole = (value: unknown): unknown => (Array.isArray(value) ? value.map(whole) : isMap(value) ? withoutNulls(value) : value);

/** Go takes null for what was not written. */
export const withoutNulls = (map: Written): Written =>
  Object.fromEntries(Object.entries(map).flatMap(([key, item]) => (item === null ? [] : [[key, whole(item)]])));

import { isDeepStrictEqual } from "node:util";
import { isMap } from "../shared/is-map.ts";
import { withoutUrlPasswords } from "../shared/url-password.ts";
import type { LiveObject } from "./types.ts";

/** Without passwords before it is cut: a part of one would not be known as such. */
const show = (value: unknown): string => {
  const text = withoutUrlPasswords(JSON.stringify(value) ?? "absent");
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
};

const step = (path: string, key: string): string => (/^[\w-]+$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`);

function* walk(path: string, before: unknown, after: unknown, quiet: boolean): Generator<string> {
  if (isDeepStrictEqual(before, after)) return;
  if (isMap(before) && isMap(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)]))
      yield* walk(step(path, key), before[key], after[key], quiet);
  } else if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    for (const [index, item] of before.entries()) yield* walk(`${path}[${index}]`, item, after[index], quiet);
  } else {
    yield quiet ? path.slice(1) : `${path.slice(1)}: ${show(before)} -> ${show(after)}`;
  }
}

/** What the server counts up by itself whenever something else differs. */
const counters: readonly string[] = ["managedFields", "resourceVersion", "generation"];

const content = ({ metadata, ...rest }: LiveObject): Record<string, unknown> => ({
  ...rest,
  metadata: Object.fromEntries(Object.entries(metadata).filter(([name]) => !counters.includes(name))),
});

const managers = ({ metadata }: LiveObject): unknown => metadata.managedFields?.map((entry) => ({ ...entry, time: undefined }));

/**
 * How two states of an object differ, a line for each field: `spec.replicas: 2 -> 3`. Of a Secret, the fields' names alone.
 * Empty exactly when the server would keep the object's resourceVersion.
 */
export const differences = (before: LiveObject, after: LiveObject): readonly string[] => {
  const fields = [...walk("", content(before), content(after), before.kind === "Secret")];
  if (fields.length > 0) return fields;
  return isDeepStrictEqual(managers(before), managers(after)) ? [] : ["metadata.managedFields: fields come under another manager"];
};

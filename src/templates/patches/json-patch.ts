import { isDeepStrictEqual } from "node:util";
import { UserError } from "../../shared/errors.ts";
import { isMap } from "../../shared/is-map.ts";

// RFC 6902 over RFC 6901.

type Json = unknown;
type Container = Record<string, Json> | Json[];

const isContainer = (value: Json): value is Container => typeof value === "object" && value !== null;

const steps = (pointer: string): readonly string[] =>
  pointer === ""
    ? []
    : pointer
        .slice(1)
        .split("/")
        .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));

const missing = (pointer: string): UserError => new UserError(`there is nothing at ${JSON.stringify(pointer)}`);

const at = (value: Json, step: string): Json => {
  if (Array.isArray(value)) return /^(?:0|[1-9]\d*)$/.test(step) ? value[Number(step)] : undefined;
  return isMap(value) && Object.hasOwn(value, step) ? value[step] : undefined;
};

const find = (root: Json, pointer: string): Json => {
  let here = root;
  for (const step of steps(pointer)) here = at(here, step);
  if (here === undefined) throw missing(pointer);
  return here;
};

/** The container of what a pointer names, and the last step to it. */
const locate = (root: Json, pointer: string): { readonly parent: Container; readonly key: string } => {
  const path = steps(pointer);
  let parent = root;
  for (const step of path.slice(0, -1)) parent = at(parent, step);
  const key = path.at(-1);
  if (!isContainer(parent) || key === undefined) throw missing(pointer);
  return { parent, key };
};

const add = (root: Json, pointer: string, value: Json): Json => {
  if (pointer === "") return value;
  const { parent, key } = locate(root, pointer);
  if (!Array.isArray(parent)) parent[key] = value;
  else {
    const index = key === "-" ? parent.length : Number(key);
    if (!Number.isInteger(index) || index < 0 || index > parent.length) throw missing(pointer);
    parent.splice(index, 0, value);
  }
  return root;
};

const remove = (root: Json, pointer: string): Json => {
  find(root, pointer);
  const { parent, key } = locate(root, pointer);
  if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else delete parent[key];
  return root;
};

const replace = (root: Json, pointer: string, value: Json): Json => {
  if (pointer === "") return value;
  find(root, pointer);
  const { parent, key } = locate(root, pointer);
  if (Array.isArray(parent)) parent[Number(key)] = value;
  else parent[key] = value;
  return root;
};

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly from: string;
  readonly value: Json;
}

const operationOf = (written: unknown): Operation => {
  const fields = isMap(written) ? written : {};
  const { op, path, from = "", value } = fields;
  if (typeof op === "string" && typeof path === "string" && typeof from === "string") return { op, path, from, value };
  throw new UserError(`${JSON.stringify(written)} is not an operation`, { hint: 'an operation has "op", "path", and as a rule "value"' });
};

const step = (root: Json, { op, path, from, value }: Operation): Json => {
  switch (op) {
    case "add":
      return add(root, path, structuredClone(value));
    case "remove":
      return remove(root, path);
    case "replace":
      return replace(root, path, structuredClone(value));
    case "move": {
      const moved = find(root, from);
      return add(remove(root, from), path, moved);
    }
    case "copy":
      return add(root, path, structuredClone(find(root, from)));
    case "test":
      if (isDeepStrictEqual(find(root, path), value)) return root;
      throw new UserError(`${JSON.stringify(path)} is not ${JSON.stringify(value)}`);
    default:
      throw new UserError(`there is no operation ${JSON.stringify(op)}`, { hint: "add, remove, replace, move, copy, test" });
  }
};

/** @throws UserError for an operation that cannot be done */
export const jsonPatch = (value: unknown, operations: unknown): unknown => {
  const list: readonly unknown[] = Array.isArray(operations) ? operations : [];
  return list.reduce<Json>((root, written) => step(root, operationOf(written)), structuredClone(value));
};

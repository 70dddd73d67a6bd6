import { Ajv, type ErrorObject } from "ajv";
import { isMap } from "../shared/is-map.ts";
import { nearest } from "../shared/nearest.ts";
import type { ClusterFile } from "./file-types.ts";
import { didYouMean, type Finding, oneOf, show } from "./problems.ts";
import { type Path, schema } from "./schema.ts";
import { nodeAt, type SchemaNode } from "./schema-node.ts";

/** A JSON pointer as a path: an index where the data has a list. */
const pathOf = (pointer: string, data: unknown): Path => {
  const path: (string | number)[] = [];
  let here: unknown = data;
  for (const part of pointer.split("/").slice(1)) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    path.push(Array.isArray(here) ? Number(key) : key);
    here = Array.isArray(here) ? here[Number(key)] : isMap(here) ? here[key] : undefined;
  }
  return path;
};

const valueAt = (path: Path, data: unknown): unknown => {
  let here: unknown = data;
  for (const key of path) here = Array.isArray(here) ? here[Number(key)] : isMap(here) ? here[key] : undefined;
  return here;
};

const typeNames: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  integer: "a whole number",
  boolean: "true or false",
  object: "a map (key: value)",
  array: "a list (- item)",
};

const describe = (value: unknown): string => {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map";
  return `the ${typeof value === "string" ? "text" : typeof value} ${show(value)}`;
};

/** What YAML 1.1 took for booleans and YAML 1.2 takes for texts. */
const oldBooleans: Readonly<Record<string, string>> = { yes: "true", on: "true", no: "false", off: "false" };

const typeHint = (value: unknown, types: readonly string[]): string | undefined => {
  if (typeof value !== "string") return types.includes("string") && typeof value !== "object" ? "put it in quotes" : undefined;
  if (types.includes("boolean") && oldBooleans[value.toLowerCase()] !== undefined) return `write ${oldBooleans[value.toLowerCase()]}`;
  if (types.some((type) => type === "integer" || type === "boolean") && /^(?:-?\d+|true|false)$/.test(value))
    return "write it without quotes";
  return types.includes("array") ? `write it as a list: [${value}]` : undefined;
};

const wrongType = (root: SchemaNode, path: Path, value: unknown): Finding => {
  const node = nodeAt(root, path);
  const types = [node?.type ?? []].flat();
  const wanted = oneOf(types.map((type) => typeNames[type] ?? type));
  if (value === null || value === undefined) return { path, message: `must be ${wanted}, but is empty` };
  const shown = node?.writeOnly === true && typeof value !== "object" ? `a ${typeof value}` : describe(value);
  return { path, message: `must be ${wanted}, not ${shown}`, hint: typeHint(value, types) };
};

/** More keys than that help nobody in one line. */
const mostListed = 24;

const unknownKey = (root: SchemaNode, path: Path, key: string): Finding => {
  const known = Object.keys(nodeAt(root, path)?.properties ?? {});
  const guess = didYouMean(nearest(key, known));
  const list = known.length > mostListed ? undefined : `allowed: ${known.join(", ")}`;
  const hint = [guess, list].filter((part) => part !== undefined).join(" ") || undefined;
  return { path: [...path, key], message: "unknown key", hint, at: "key" };
};

const wrongWord = (root: SchemaNode, path: Path, value: unknown, allowed: readonly string[]): Finding => {
  if (typeof value !== "string") return wrongType(root, path, value);
  const words = oneOf(allowed.map((word) => (word === "" ? '""' : word)));
  return {
    path,
    message: `must be ${words}, not ${show(value)}`,
    hint: allowed.length > 1 ? didYouMean(nearest(value, allowed)) : undefined,
  };
};

const missing = "is missing";
const tooFew = "must have at least one item";

const limits = (node: SchemaNode | undefined): string =>
  node?.maximum === undefined ? `at least ${node?.minimum}` : `from ${node.minimum} to ${node.maximum}`;

interface Told {
  readonly path: Path;
  readonly error: ErrorObject;
  readonly data: unknown;
  readonly root: SchemaNode;
}

type Translate = (told: Told) => Finding;

const outOfRange: Translate = ({ path, data, root }) => ({
  path,
  message: `must be ${limits(nodeAt(root, path))}, not ${show(valueAt(path, data))}`,
});

/** What each keyword of ajv means to a person. */
const translations: Readonly<Record<string, Translate>> = {
  additionalProperties: ({ path, error, root }) => unknownKey(root, path, String(error.params["additionalProperty"])),
  required: ({ path, error }) => ({ path: [...path, String(error.params["missingProperty"])], message: missing }),
  type: ({ path, data, root }) => wrongType(root, path, valueAt(path, data)),
  enum: ({ path, data, root }) => wrongWord(root, path, valueAt(path, data), nodeAt(root, path)?.enum ?? []),
  const: ({ path, data, root }) => wrongWord(root, path, valueAt(path, data), [nodeAt(root, path)?.const ?? ""]),
  minimum: outOfRange,
  maximum: outOfRange,
  minLength: ({ path }) => ({ path, message: "must not be empty" }),
  minItems: ({ path }) => ({ path, message: tooFew }),
  uniqueItems: ({ path, error, data }) => {
    const index = Math.max(Number(error.params["i"]), Number(error.params["j"]));
    return { path: [...path, index], message: `${show(valueAt([...path, index], data))} is listed twice` };
  },
};

// What ajv makes of a schema runs once or twice: making it shorter, and judging our own schemas by the one for schemas, takes longer than all
// the rest. A test judges them.
const ajv = new Ajv({
  allErrors: true,
  strict: true,
  allowUnionTypes: true,
  meta: false,
  validateSchema: false,
  code: { optimize: false },
});

const key = (path: Path): string => JSON.stringify(path);

/** A mistyped key is told once: as unknown, not as missing too. */
const withoutEchoes = (root: SchemaNode, findings: readonly Finding[]): Finding[] => {
  const told = new Set<string>();
  const meant = findings.flatMap(({ path, message }) => {
    const parent = path.slice(0, -1);
    const guess = message === "unknown key" ? nearest(String(path.at(-1)), Object.keys(nodeAt(root, parent)?.properties ?? {})) : undefined;
    return guess === undefined ? [] : [key([...parent, guess])];
  });
  return findings.filter(({ path, message }) => {
    const id = key(path);
    if (told.has(id) || (message === missing && meant.includes(id))) return false;
    told.add(id);
    return true;
  });
};

/** A copy without what has the wrong shape. In lists of maps an empty map keeps the place, so that indices stay true. */
const pruned = (root: SchemaNode, data: unknown, findings: readonly Finding[]): unknown => {
  const ill = new Set(findings.map(({ path }) => key(path)));
  const walk = (path: Path, value: unknown): unknown => {
    if (Array.isArray(value)) {
      const keepPlace = [nodeAt(root, path)?.items?.type].flat().some((type) => type === "object");
      return value
        .map((item, index) => [walk([...path, index], item), ill.has(key([...path, index]))] as const)
        .filter(([, isIll]) => keepPlace || !isIll)
        .map(([item, isIll]) => (isIll ? {} : item));
    }
    if (!isMap(value)) return value;
    const entries = Object.entries(value).filter(([name]) => !ill.has(key([...path, name])));
    return Object.fromEntries(entries.map(([name, item]) => [name, walk([...path, name], item)]));
  };
  return ill.has(key([])) ? {} : walk([], data);
};

/** How documents of one shape are judged. */
export interface ShapeJudge {
  /** What is wrong with the shape, one finding for each place. */
  readonly check: (data: unknown) => Finding[];
  /** A copy without what has the wrong shape. In lists of maps an empty map keeps the place, so that indices stay true. */
  readonly prune: (data: unknown, findings: readonly Finding[]) => unknown;
  /** Whether nothing but gaps is left, as it should be after pruning: a document of which that is true may be read by rules. */
  readonly isGappy: (data: unknown) => boolean;
}

/** What stands at a key in any of these maps. */
const partsOf = (maps: readonly Readonly<Record<string, unknown>>[], key: string): readonly unknown[] =>
  maps.flatMap((map) => (Object.hasOwn(map, key) ? [map[key]] : []));

/** The part of a schema that has something to say of these values: to compile all of one takes ten times as long as all the rest. */
const touched = (node: SchemaNode, values: readonly unknown[]): SchemaNode => {
  const { $id: _, properties, items, additionalProperties: others, ...rest } = node;
  const maps = values.filter(isMap);
  const known = Object.entries(properties ?? {}).flatMap(([key, child]) => {
    const parts = partsOf(maps, key);
    return parts.length > 0 || node.required?.includes(key) ? [[key, touched(child, parts)]] : [];
  });
  return {
    ...rest,
    ...(properties && { properties: Object.fromEntries(known) }),
    ...(items && { items: touched(items, values.filter(Array.isArray).flat()) }),
    ...(others !== undefined && {
      additionalProperties: typeof others === "object" ? touched(others, maps.flatMap(Object.values)) : others,
    }),
  };
};

const compiled = new Map<string, ReturnType<typeof ajv.compile>>();

const validatorOf = (schema: SchemaNode): ReturnType<typeof ajv.compile> => {
  const text = JSON.stringify(schema);
  const validate = compiled.get(text) ?? ajv.compile(schema);
  compiled.set(text, validate);
  return validate;
};

/** Compiles of a schema what the data touch. */
export const shapeJudge = (root: SchemaNode): ShapeJudge => {
  const check = (data: unknown): Finding[] => {
    const validate = validatorOf(touched(root, [data]));
    if (validate(data)) return [];
    const findings = (validate.errors ?? []).map((error) => {
      const path = pathOf(error.instancePath, data);
      const translate = translations[error.keyword];
      return translate === undefined ? { path, message: error.message ?? error.keyword } : translate({ path, error, data, root });
    });
    return withoutEchoes(root, findings);
  };
  return {
    check,
    prune: (data, findings) => pruned(root, data, findings),
    isGappy: (data) => check(data).every(({ message }) => message === missing || message === tooFew),
  };
};

const ofCluster = shapeJudge(schema);

/** What is wrong with the shape of a configuration of kbs. */
export const checkShape = ofCluster.check;

/** The copy of it that rules may read. */
export const prune = ofCluster.prune;

export const isGappy = (data: unknown): data is ClusterFile => ofCluster.isGappy(data);

const startsWith = (path: Path, start: Path): boolean => start.every((step, index) => path[index] === step);

/** Says of a path whether all below it is as written: a rule about what is missing must not speak of what was pruned. */
export const intactness =
  (findings: readonly Finding[]) =>
  (path: Path): boolean =>
    !findings.some((finding) => startsWith(finding.path, path) || startsWith(path, finding.path));

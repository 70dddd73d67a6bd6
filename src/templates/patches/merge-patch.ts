import { isMap } from "../../shared/is-map.ts";

type Map = Readonly<Record<string, unknown>>;

/** RFC 7386: maps merge, a null takes away, all else replaces. */
export const mergePatch = (value: unknown, patch: unknown): unknown => {
  if (!isMap(patch)) return patch;
  const merged: Record<string, unknown> = { ...(isMap(value) ? value : {}) };
  for (const [key, part] of Object.entries(patch)) {
    if (part === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], part);
  }
  return merged;
};

/** By which field the elements of a list are known, of lists that merge: the patchMergeKey of k8s.io/api/core/v1. All other lists are replaced. */
const mergeKeys: Readonly<Record<string, string>> = {
  containers: "name",
  initContainers: "name",
  ephemeralContainers: "name",
  volumes: "name",
  env: "name",
  volumeMounts: "mountPath",
  volumeDevices: "devicePath",
  ports: "containerPort",
  imagePullSecrets: "name",
  hostAliases: "ip",
  topologySpreadConstraints: "topologyKey",
  conditions: "type",
  ownerReferences: "uid",
};

/** Lists of plain values that merge. */
const mergingSets = new Set(["finalizers"]);

const directive = "$patch";

const withoutDirective = ({ [directive]: _directive, ...rest }: Map): Map => rest;

/** What stands where a patch names something new: nulls and directives say nothing there. */
const fresh = (patch: unknown): unknown => {
  if (Array.isArray(patch)) return patch.map(fresh);
  if (!isMap(patch)) return patch;
  const entries = Object.entries(patch).filter(([key, value]) => value !== null && !key.startsWith("$"));
  return Object.fromEntries(entries.map(([key, value]) => [key, fresh(value)]));
};

/**
 * Those that only the list had, among those that the patch names, as Kubernetes has it: each kind keeps its order, and what the list had comes before
 * the first of the patch that stood behind it there.
 * @param placeOf where something stands in the list; below 0 for what is new
 */
const interleaved = (own: readonly unknown[], named: readonly unknown[], placeOf: (element: unknown) => number): unknown[] => {
  const [left, right, result] = [[...own], [...named], [] as unknown[]];
  for (let next = right.shift(); next !== undefined; next = right.shift()) {
    // What is new, at -1, lets nothing pass.
    const place = placeOf(next);
    const behind = left.findIndex((element) => placeOf(element) >= place);
    result.push(...left.splice(0, behind < 0 ? left.length : behind), next);
  }
  return [...result, ...left];
};

const mergeList = (list: readonly unknown[], patch: readonly Map[], key: string): unknown[] => {
  if (patch.some((part) => part[directive] === "replace" && part[key] === undefined)) {
    return patch.filter((part) => part[directive] !== "replace").map(fresh);
  }
  const keyOf = (element: unknown): unknown => (isMap(element) ? element[key] : undefined);
  const names = new Set(patch.map(keyOf));
  const merged = patch.flatMap((part) => {
    const before = list.find((element) => keyOf(element) === part[key]);
    return part[directive] === "delete" ? [] : [before === undefined ? fresh(part) : strategicPatch(before, part)];
  });
  const own = list.filter((element) => !names.has(keyOf(element)));
  return interleaved(own, merged, (element) => list.findIndex((other) => keyOf(other) === keyOf(element)));
};

const mergeSet = (list: readonly unknown[], patch: readonly unknown[]): unknown[] =>
  interleaved(
    list.filter((element) => !patch.includes(element)),
    patch,
    (element) => list.indexOf(element),
  );

const withoutValues = (value: unknown, gone: unknown): unknown =>
  Array.isArray(value) && Array.isArray(gone) ? value.filter((element: unknown) => !gone.includes(element)) : value;

/** Keeps only the named keys of what was there, as where one kind of volume takes the place of another. */
const retained = (value: Map, keys: unknown): Map =>
  Array.isArray(keys) ? Object.fromEntries(Object.entries(value).filter(([key]) => keys.includes(key))) : value;

const mergeField = (value: unknown, part: unknown, key: string): unknown => {
  const by = mergeKeys[key];
  if (!Array.isArray(part)) return isMap(part) && isMap(value) ? strategicPatch(value, part) : fresh(part);
  const list: readonly unknown[] = Array.isArray(value) ? value : [];
  if (mergingSets.has(key)) return mergeSet(list, part);
  return by !== undefined && part.every(isMap) ? mergeList(list, part, by) : fresh(part);
};

/**
 * Kubernetes' strategic merge: as a merge patch, but lists of named things merge by name, and `$patch`, `$retainKeys` and
 * `$deleteFromPrimitiveList/` say what else is to become of a part. The order that `$setElementOrder/` asks for is not kept.
 */
export const strategicPatch = (value: unknown, patch: unknown): unknown => {
  if (!isMap(patch)) return fresh(patch);
  if (patch[directive] === "replace") return fresh(withoutDirective(patch));
  if (patch[directive] === "delete") return {};
  const before = isMap(value) ? retained(value, patch["$retainKeys"]) : {};
  const merged: Record<string, unknown> = { ...before };
  for (const [key, part] of Object.entries(patch)) {
    const [, list] = /^\$deleteFromPrimitiveList\/(.+)$/.exec(key) ?? [];
    if (list !== undefined) merged[list] = withoutValues(merged[list], part);
    else if (key.startsWith("$")) continue;
    else if (part === null) delete merged[key];
    else merged[key] = mergeField(merged[key], part, key);
  }
  return merged;
};

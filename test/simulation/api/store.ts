import type { KubeObject } from "../../../src/changes/change.ts";
import { mergePatch, withoutDropped } from "./merge.ts";

/** An object as the simulated server keeps it. */
export interface Stored extends KubeObject {
  readonly metadata: KubeObject["metadata"] & { readonly resourceVersion: string; readonly uid: string; readonly generation?: number };
  readonly spec?: unknown;
  readonly status?: unknown;
}

export interface StoreEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly collection: string;
  readonly version: number;
  readonly object: Stored;
  /** The same as a line of a watch, made when the first watcher wants it. */
  readonly line: () => string;
}

/** Names an object: `/api/v1/pods`, `kube-system`, `coredns-1`. */
export interface Place {
  /** Of all namespaces. */
  readonly collection: string;
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** Events which a watch may still ask for; older ones are forgotten, as a real server does. */
const remembered = 20_000;

export interface Store {
  readonly version: () => number;
  readonly get: (place: Place) => Stored | undefined;
  readonly list: (collection: string, namespace?: string) => readonly Stored[];
  /** Keeps an object; one that is equal to what is there keeps its version. */
  readonly put: (place: Place, object: KubeObject) => Stored;
  /** Server-side apply by one manager: its fields become as given, those it no longer names go. */
  readonly apply: (place: Place, object: KubeObject, isDry: boolean) => Stored;
  readonly remove: (place: Place) => boolean;
  /** Calls for everything that happens after a version. False when that is too long ago. */
  readonly watch: (collection: string, after: number, hear: (event: StoreEvent) => void) => (() => void) | undefined;
}

const keyOf = ({ namespace = "", name }: Place): string => `${namespace}/${name}`;

export const createStore = (): Store => {
  const collections = new Map<string, Map<string, Stored>>();
  const watchers = new Map<string, Set<(event: StoreEvent) => void>>();
  const applied = new Map<string, KubeObject>();
  const past: StoreEvent[] = [];
  let forgotten = 0;
  let version = 0;

  const objectsOf = (collection: string): Map<string, Stored> => {
    const found = collections.get(collection) ?? new Map<string, Stored>();
    collections.set(collection, found);
    return found;
  };
  const tell = (type: StoreEvent["type"], collection: string, object: Stored): void => {
    let line: string | undefined;
    const event = { type, collection, version, object, line: () => (line ??= `${JSON.stringify({ type, object })}\n`) };
    past.push(event);
    if (past.length > 2 * remembered) forgotten = past.splice(0, remembered).at(-1)?.version ?? forgotten;
    for (const hear of watchers.get(collection) ?? []) hear(event);
  };
  const bare = ({ metadata, ...rest }: Stored): unknown => ({ ...rest, metadata: { ...metadata, resourceVersion: "", generation: 0 } });

  const next = (before: Stored | undefined, object: KubeObject, isDry: boolean): Stored => {
    const metadata = { ...object.metadata, uid: before?.metadata.uid ?? `uid-${version + 1}` };
    const asBefore = { resourceVersion: before?.metadata.resourceVersion ?? "", generation: before?.metadata.generation ?? 1 };
    const same: Stored = { ...object, metadata: { ...metadata, ...asBefore } };
    if (before && JSON.stringify(bare(before)) === JSON.stringify(bare(same))) return before;
    const isMeant = JSON.stringify(before?.["spec"]) !== JSON.stringify(object["spec"]);
    const generation = before === undefined ? 1 : asBefore.generation + (isMeant ? 1 : 0);
    if (!isDry) version++;
    return { ...object, metadata: { ...metadata, resourceVersion: String(isDry ? version + 1 : version), generation } };
  };
  const put = (place: Place, object: KubeObject): Stored => {
    const before = objectsOf(place.collection).get(keyOf(place));
    const after = next(before, object, false);
    if (after === before) return before;
    objectsOf(place.collection).set(keyOf(place), after);
    tell(before ? "MODIFIED" : "ADDED", place.collection, after);
    return after;
  };
  const apply = (place: Place, object: KubeObject, isDry: boolean): Stored => {
    const before = objectsOf(place.collection).get(keyOf(place));
    const id = `${place.collection} ${keyOf(place)}`;
    const kept = before === undefined ? {} : withoutDropped(before, applied.get(id), object);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a merge of objects is one
    const merged = mergePatch(kept, object) as KubeObject;
    if (isDry) return next(before, merged, true);
    applied.set(id, object);
    return put(place, merged);
  };
  return {
    version: () => version,
    get: (place) => objectsOf(place.collection).get(keyOf(place)),
    list: (collection, namespace) => {
      const all = [...objectsOf(collection).values()];
      return namespace === undefined ? all : all.filter(({ metadata }) => metadata.namespace === namespace);
    },
    put,
    apply,
    remove: (place) => {
      const before = objectsOf(place.collection).get(keyOf(place));
      if (!before) return false;
      objectsOf(place.collection).delete(keyOf(place));
      version++;
      tell("DELETED", place.collection, { ...before, metadata: { ...before.metadata, resourceVersion: String(version) } });
      return true;
    },
    watch: (collection, after, hear) => {
      if (after < forgotten) return undefined;
      for (const event of past) if (event.version > after && event.collection === collection) hear(event);
      const all = watchers.get(collection) ?? new Set();
      watchers.set(collection, all.add(hear));
      return () => void all.delete(hear);
    },
  };
};

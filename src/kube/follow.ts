import { KubeError } from "./error.ts";
import { pause } from "./patience.ts";
import type { Kube, LiveObject, Selection, WatchEvent } from "./types.ts";

/** A live copy of what is selected, by namespace and name. */
export type Followed = ReadonlyMap<string, LiveObject>;

export interface FollowOptions {
  readonly signal: AbortSignal;
  /** Called when the copy is whole, after each change, and when a server that did not answer does so again. */
  readonly onChange: (objects: Followed) => void;
  /** Called when the server does not answer. */
  readonly onTrouble?: (reason: string) => void;
}

/** Milliseconds between two watches; doubled, up to the longest, while the server does not answer. */
const breath = { first: 250, longest: 4000 };

export const keyOf = ({ metadata }: LiveObject): string => `${metadata.namespace ?? ""}/${metadata.name}`;

/**
 * Keeps a live copy of what is selected: a list, then a watch. A watch that drops goes on where it stopped; where the server has
 * forgotten that place, it is listed anew.
 * @returns when the signal ends it.
 * @throws KubeError for what waiting does not cure, such as a missing right.
 */
export const follow = async (kube: Kube, of: Selection, { signal, onChange, onTrouble }: FollowOptions): Promise<void> => {
  const objects = new Map<string, LiveObject>();
  let resourceVersion: string | undefined;
  let wait = breath.first;

  const relist = async (): Promise<string> => {
    const list = await kube.list(of, { signal, patience: 0 });
    objects.clear();
    for (const object of list.items) objects.set(keyOf(object), object);
    onChange(objects);
    return list.resourceVersion;
  };
  const onOpen = (): void => {
    if (wait > breath.first) onChange(objects);
    wait = breath.first;
  };
  const onEvent = ({ type, object }: WatchEvent): void => {
    resourceVersion = object.metadata.resourceVersion;
    if (type === "BOOKMARK") return;
    if (type === "DELETED") objects.delete(keyOf(object));
    else objects.set(keyOf(object), object);
    onChange(objects);
  };
  while (!signal.aborted) {
    try {
      resourceVersion ??= await relist();
      await kube.watch(of, { resourceVersion, onEvent, onOpen, signal });
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof KubeError)) throw error;
      if (error.code === 410) resourceVersion = undefined;
      else if (!error.transient) throw error;
      else onTrouble?.(error.message);
      wait = Math.min(breath.longest, 2 * wait);
    }
    await pause(wait, signal).catch(() => undefined);
  }
};

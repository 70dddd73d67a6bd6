import type { KubeObject } from "../changes/change.ts";
import { openAsker } from "./ask.ts";
import { openDiscovery } from "./discovery.ts";
import { KubeError } from "./error.ts";
import type { Request } from "./exchange.ts";
import { collectionPath, describeRef, objectPath, refOf } from "./kinds.ts";
import type { ApplyOptions, CallOptions, Kube, KubeOptions, KubeRef, ObjectList, RemoveOptions, Selection, WatchOptions } from "./types.ts";
import { readWatchEvent } from "./watch-event.ts";

/** The field manager under which the API server records what kbs wishes. */
const fieldManager = "kbs";

/** Unknown and doubled fields are refused, not dropped. */
const fieldValidation = "Strict";

/** Server-side apply reads YAML, of which JSON is a part. */
const patches = {
  apply: { method: "PATCH", contentType: "application/apply-patch+yaml" },
  merge: { method: "PATCH", contentType: "application/merge-patch+json" },
  strategic: { method: "PATCH", contentType: "application/strategic-merge-patch+json" },
} as const;

interface RawList<T> {
  readonly items: readonly T[] | null;
  readonly metadata: { readonly resourceVersion: string };
}

const query = (parameters: Readonly<Record<string, string | undefined>>): string => {
  const given = Object.entries(parameters).flatMap(([name, value]): [string, string][] => (value === undefined ? [] : [[name, value]]));
  return given.length === 0 ? "" : `?${new URLSearchParams(given).toString()}`;
};

const selectors = ({ labelSelector, fieldSelector }: Selection): Record<string, string | undefined> => ({ labelSelector, fieldSelector });

const describeSelection = ({ kind, namespace }: Selection): string => `every ${kind}${namespace === undefined ? "" : ` in ${namespace}`}`;

/** The value, or undefined where the server says just this. */
const unless = async <T>(says: (error: KubeError) => boolean, promise: Promise<T>): Promise<T | undefined> => {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof KubeError && says(error)) return undefined;
    throw error;
  }
};
const isMissing = ({ code }: KubeError): boolean => code === 404;
const isThere = ({ reason }: KubeError): boolean => reason === "AlreadyExists";

/** Opens the API of a cluster; connects at the first request. */
export const openKube = (options: KubeOptions): Kube => {
  const asker = openAsker(options);
  const resourceOf = openDiscovery(asker);
  const pathOf = async (ref: KubeRef, call?: CallOptions): Promise<string> => objectPath(ref, await resourceOf(ref, call));
  const pathOfAll = async (of: Selection, call?: CallOptions): Promise<string> => collectionPath(of, await resourceOf(of, call));
  const ask = async <T>(verb: string, subject: string, request: Request, call?: CallOptions): Promise<T> =>
    JSON.parse((await asker.ask({ verb, subject }, request, call)).body);

  const get = async <T>(ref: KubeRef, call?: CallOptions): Promise<T> =>
    ask("get", describeRef(ref), { method: "GET", path: await pathOf(ref, call) }, call);

  const list = async <T>(of: Selection, call?: CallOptions): Promise<ObjectList<T>> => {
    const path = (await pathOfAll(of, call)) + query(selectors(of));
    const { items, metadata } = await ask<RawList<T>>("list", describeSelection(of), { method: "GET", path }, call);
    // The server leaves the type out of a list's items.
    const typed = (items ?? []).map((item) => ({ apiVersion: of.apiVersion, kind: of.kind, ...item }));
    return { items: typed, resourceVersion: metadata.resourceVersion };
  };

  const apply = async <T>(body: KubeObject, { force = true, dryRun = false, ...call }: ApplyOptions = {}): Promise<T> => {
    const ref = refOf(body);
    const parameters = query({ fieldManager, fieldValidation, force: String(force), dryRun: dryRun ? "All" : undefined });
    return ask("apply", describeRef(ref), { ...patches.apply, path: (await pathOf(ref, call)) + parameters, body }, call);
  };

  const create = async <T>(body: KubeObject, call?: CallOptions): Promise<T> => {
    const ref = refOf(body);
    const path = (await pathOfAll(ref, call)) + query({ fieldManager, fieldValidation });
    return ask("create", describeRef(ref), { method: "POST", path, body }, call);
  };

  const patch = async <T>(ref: KubeRef, body: unknown, type: "merge" | "strategic", call?: CallOptions): Promise<T> => {
    const path = (await pathOf(ref, call)) + query({ fieldManager, fieldValidation });
    return ask("change", describeRef(ref), { ...patches[type], path, body }, call);
  };

  const remove = async (ref: KubeRef, { gracePeriod, ...call }: RemoveOptions = {}): Promise<true> => {
    const gracePeriodSeconds = gracePeriod === undefined ? undefined : String(gracePeriod);
    const path = (await pathOf(ref, call)) + query({ propagationPolicy: "Background", gracePeriodSeconds });
    await ask("delete", describeRef(ref), { method: "DELETE", path }, call);
    return true;
  };

  const raw = async <T>(method: "GET" | "POST", path: string, body?: unknown, call?: CallOptions): Promise<T> => {
    const purpose = { verb: method === "GET" ? "get" : "post to", subject: path };
    const answer = await asker.ask(purpose, { method, path, body }, call);
    const isJson = answer.headers["content-type"]?.startsWith("application/json") ?? false;
    return JSON.parse(isJson ? answer.body : JSON.stringify(answer.body));
  };

  const watch = async (of: Selection, { resourceVersion, onEvent, onOpen, signal }: WatchOptions): Promise<void> => {
    const parameters = query({ ...selectors(of), watch: "true", allowWatchBookmarks: "true", resourceVersion });
    try {
      const path = (await pathOfAll(of, signal && { signal })) + parameters;
      const purpose = { verb: "watch", subject: describeSelection(of) };
      const onLine = (line: string): void => onEvent(readWatchEvent(line));
      await asker.stream(purpose, { method: "GET", path }, { onLine, onOpen, signal });
    } catch (error) {
      if (!signal?.aborted) throw error;
    }
  };
  return {
    get: (ref, call) => unless(isMissing, get(ref, call)),
    list,
    apply,
    create: (object, call) => unless(isThere, create(object, call)),
    patch,
    remove: async (ref, options) => (await unless(isMissing, remove(ref, options))) ?? false,
    raw,
    watch,
    close: () => asker.close(),
  };
};

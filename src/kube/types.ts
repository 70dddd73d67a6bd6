import type { Duplex } from "node:stream";
import type { KubeObject } from "../changes/change.ts";

/** An object as the API server returns it. */
export interface LiveObject extends KubeObject {
  readonly metadata: KubeObject["metadata"] & {
    readonly resourceVersion: string;
    readonly generation?: number;
    readonly uid?: string;
    readonly deletionTimestamp?: string;
    readonly ownerReferences?: readonly { readonly controller?: boolean; readonly kind?: string; readonly name?: string }[];
    readonly managedFields?: readonly { readonly time?: string }[];
  };
}

/** Names a kind of the API, and where its objects are. */
export interface KubeKind {
  /** `v1`, `apps/v1`. */
  readonly apiVersion: string;
  readonly kind: string;
  /** Absent for cluster-wide kinds, and to select from all namespaces. */
  readonly namespace?: string;
}

/** Names one object. */
export interface KubeRef extends KubeKind {
  readonly name: string;
}

/** Names objects of one kind. */
export interface Selection extends KubeKind {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

export interface KubeOptions {
  /** Opens a connection to the API server: one at a time, and a second only while an older one drains. */
  readonly dial: (signal?: AbortSignal) => Promise<Duplex>;
  /** The name that the server's certificate must hold: `kubernetes`, whichever way the connection takes. */
  readonly serverName: string;
  /** The cluster's CA, PEM. */
  readonly ca: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly token?: string;
  /** The server, as errors call it: "cp1 (10.0.0.11:6443)". */
  readonly describe: string;
  /** Ends everything that is under way. */
  readonly signal?: AbortSignal;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** Milliseconds for one try; default 10 s. */
  readonly timeout?: number;
  /** Milliseconds during which a lost connection, 429, 500, 503 and 504 are met with another try; default 30 s. 0: one try. */
  readonly patience?: number;
}

export interface ApplyOptions extends CallOptions {
  /** Take fields over from other managers. Default true: what kbs wishes is so, as with every other change. */
  readonly force?: boolean;
  /** The server computes and validates, and keeps nothing. */
  readonly dryRun?: boolean;
}

export interface RemoveOptions extends CallOptions {
  /** Seconds that a pod has to end; its own when absent. */
  readonly gracePeriod?: number;
}

export interface ObjectList<T> {
  readonly items: readonly T[];
  /** A watch from here misses nothing. */
  readonly resourceVersion: string;
}

export interface WatchEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK";
  readonly object: LiveObject;
}

export interface WatchOptions {
  readonly resourceVersion: string;
  readonly onEvent: (event: WatchEvent) => void;
  /** Called when the server has taken the watch up. */
  readonly onOpen?: () => void;
  readonly signal?: AbortSignal;
}

/**
 * The Kubernetes API of one cluster. All requests and watches share one connection, which is made at the first request and made
 * anew when it breaks. Every request may be sent twice: an answer that was lost is asked for again.
 * @throws KubeError for whatever the server refuses, and when it does not answer.
 */
export interface Kube {
  /** The object; undefined when there is none, or no such kind. */
  get<T extends LiveObject = LiveObject>(ref: KubeRef, options?: CallOptions): Promise<T | undefined>;
  list<T extends LiveObject = LiveObject>(selection: Selection, options?: CallOptions): Promise<ObjectList<T>>;
  /** Server-side apply as manager `kbs`. Returns the object as it now is; one that was so already keeps its resourceVersion. */
  apply<T extends LiveObject = LiveObject>(object: KubeObject, options?: ApplyOptions): Promise<T>;
  /** Makes the object and returns it; undefined when there is one of that name, which is left alone. */
  create<T extends LiveObject = LiveObject>(object: KubeObject, options?: CallOptions): Promise<T | undefined>;
  /** Changes some fields: `merge` after RFC 7386, `strategic` with Kubernetes' rules for lists. */
  patch<T extends LiveObject = LiveObject>(ref: KubeRef, body: unknown, type: "merge" | "strategic", options?: CallOptions): Promise<T>;
  /** Deletes the object, and in the background what it owns. False when there was none. */
  remove(ref: KubeRef, options?: RemoveOptions): Promise<boolean>;
  /** Any other request, such as /readyz or a TokenReview. The answer as JSON where it is JSON, as text otherwise. */
  raw<T = unknown>(method: "GET" | "POST", path: string, body?: unknown, options?: CallOptions): Promise<T>;
  /** One watch; resolves when the server or the signal ends it. @throws KubeError code 410 when the resource version is too old. */
  watch(selection: Selection, options: WatchOptions): Promise<void>;
  close(): void;
}

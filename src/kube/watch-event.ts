import { KubeError } from "./error.ts";
import type { WatchEvent } from "./types.ts";

/** What a watch says at its end: meta/v1 Status. */
interface ErrorEvent {
  readonly type: "ERROR";
  readonly object: { readonly code?: number; readonly reason?: string; readonly message?: string };
}

/** Reads one line of a watch. @throws KubeError when the line is an error; code 410: the resource version is too old */
export const readWatchEvent = (line: string): WatchEvent => {
  const event: WatchEvent | ErrorEvent = JSON.parse(line);
  if (event.type !== "ERROR") return event;
  const { code = 0, reason = "Unknown", message = "no further word" } = event.object;
  throw new KubeError(`the API server ended a watch: ${message} (${code} ${reason})`, { code, reason, transient: code !== 410 });
};

import { closeSync } from "node:fs";
import type { Sink, TimedEvent } from "../events.ts";
import { jsonSink } from "./json.ts";
import { openRunFile, persistentWriter, type RunFile } from "./state-folder.ts";

/** Milliseconds between two words about bytes under way to one host. */
const bytesEvery = 1000;

export interface KeptEvents {
  readonly path: string;
  readonly sink: Sink;
  readonly close: () => void;
}

/** Whether an event is worth keeping: exchanges stand in the log, and of bytes under way a word a second is enough. */
const worthKeeping = (): ((event: TimedEvent) => boolean) => {
  const told = new Map<string, number>();
  return (event) => {
    if (event.type === "exchange") return false;
    if (event.type !== "bytes") return true;
    const last = told.get(event.host);
    if (last !== undefined && event.sent < event.total && event.at - last < bytesEvery) return false;
    told.set(event.host, event.at);
    return true;
  };
};

/**
 * Keeps the events of a run beside its log, as `--output json` prints them: what `kbs report` tells of it.
 * @param version of kbs
 * @throws the system's error when nothing can be kept
 */
export const keepEvents = (file: RunFile, version: string, now: () => number = Date.now): KeptEvents => {
  const { path, handle } = openRunFile(file, "ndjson", now());
  const isKept = worthKeeping();
  const write = jsonSink(persistentWriter(handle), version);
  return {
    path,
    sink: (event) => {
      if (isKept(event)) write(event);
    },
    close: () => closeSync(handle),
  };
};

import { chmodSync, closeSync, openSync } from "node:fs";
import { UserError } from "../../shared/errors.ts";
import type { Sink, TimedEvent } from "../events.ts";
import { type OpenFile, openRunFile, persistentWriter, type RunFile } from "./state-folder.ts";

export interface LogOptions extends RunFile {
  /** `--log-file`: this file, and no other is removed for it. */
  readonly file?: string;
  readonly now?: () => number;
}

export interface RunLog {
  readonly path: string;
  readonly sink: Sink;
  /** Adds a line that is no event. */
  readonly note: (text: string) => void;
  readonly close: () => void;
}

const openNamed = (path: string): OpenFile => {
  try {
    const handle = openSync(path, "w", 0o600);
    chmodSync(path, 0o600); // a file that was there keeps its mode otherwise
    return { path, handle };
  } catch (error) {
    throw new UserError(`the log cannot be written to ${path}`, { cause: error, hint: "name another file by --log-file, or leave it out" });
  }
};

const body = (event: TimedEvent): string => {
  const { time: _time, at: _at, type, ...rest } = event;
  if (type !== "exchange") return `${type} ${JSON.stringify(rest)}`;
  const { host, what, took, output } = event;
  return [`exchange ${host} ${what} (${took} ms)`, ...(output === "" ? [] : output.trimEnd().split("\n"))].join("\n    ");
};

/**
 * The full log of a run: every event and every exchange with its output, written at once, so that a killed run leaves it whole.
 * Only its owner can read it. The newest 20 logs of each command stay.
 * @throws UserError when a file named by the user cannot be written; any other error when no log can be kept.
 */
export const openRunLog = (options: LogOptions): RunLog => {
  const now = options.now ?? Date.now;
  const { path, handle } = options.file === undefined ? openRunFile(options, "log", now()) : openNamed(options.file);
  const writeText = persistentWriter(handle);
  const write = (text: string): void => writeText(`${text}\n`);
  return {
    path,
    sink: (event) => write(`${new Date(event.time).toISOString()} ${body(event)}`),
    note: (text) => write(`${new Date(now()).toISOString()} ${text}`),
    close: () => closeSync(handle),
  };
};

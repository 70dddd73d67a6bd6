import { chmodSync, closeSync, mkdirSync, openSync, readdirSync, rmSync, writeSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { UserError } from "../../shared/errors.ts";
import type { Sink, TimedEvent } from "../events.ts";

/** How many logs of each command are kept. */
const kept = 20;

export interface LogOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `create-cluster`: logs of one command do not push out those of another. */
  readonly name: string;
  readonly pid: number;
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

/** `${XDG_STATE_HOME:-~/.local/state}/kbs/logs`; a relative path is to be ignored, says the XDG base directory specification. */
const logDirectory = (env: LogOptions["env"]): string => {
  const state = env["XDG_STATE_HOME"];
  const home = env["HOME"] || homedir();
  return join(state && isAbsolute(state) ? state : join(home, ".local/state"), "kbs/logs");
};

const removeOld = (directory: string, name: string): void => {
  const ours = new RegExp(`^\\d{8}-\\d{6}-${name}-\\d+\\.log$`);
  const logs = readdirSync(directory)
    .filter((file) => ours.test(file))
    .toSorted();
  for (const file of logs.slice(0, Math.max(0, logs.length - kept))) rmSync(join(directory, file), { force: true });
};

const openIn = ({ env, name, pid }: LogOptions, time: number): { readonly path: string; readonly handle: number } => {
  const directory = logDirectory(env);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const stamp = new Date(time)
    .toISOString()
    .replaceAll(/[-:]|\..*/g, "")
    .replace("T", "-");
  const path = join(directory, `${stamp}-${name}-${pid}.log`);
  const handle = openSync(path, "wx", 0o600);
  removeOld(directory, name);
  return { path, handle };
};

const openNamed = (path: string): { readonly path: string; readonly handle: number } => {
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
  const { path, handle } = options.file === undefined ? openIn(options, now()) : openNamed(options.file);
  let broken = false;
  const write = (text: string): void => {
    if (broken) return;
    try {
      writeSync(handle, `${text}\n`);
    } catch {
      broken = true; // a full disk must not end the run that is being told
    }
  };
  return {
    path,
    sink: (event) => write(`${new Date(event.time).toISOString()} ${body(event)}`),
    note: (text) => write(`${new Date(now()).toISOString()} ${text}`),
    close: () => closeSync(handle),
  };
};

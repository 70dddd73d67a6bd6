import { painter } from "../../shared/paint.ts";
import { secrets } from "../../shared/secrets.ts";
import type { Bus, Sink } from "../events.ts";
import { jsonSink } from "./json.ts";
import { type KeptEvents, keepEvents } from "./kept-events.ts";
import { maskDeep } from "./mask.ts";
import { advance, createModel, type RunModel } from "./model.ts";
import { plainSink } from "./plain.ts";
import { type LogOptions, openRunLog, type RunLog } from "./run-log.ts";
import { type TerminalSink, terminalSink } from "./tty.ts";

export type Telling = "terminal" | "plain" | "silent";

export interface TellingWish {
  /** "events": newline-delimited JSON on standard output. "document": standard output belongs to the answer. */
  readonly output: "text" | "events" | "document";
  readonly quiet: boolean;
  readonly verbosity: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isTerminal: boolean;
}

/** How progress is told on standard error. A build server may offer a terminal, but keeps what was drawn on it as rubbish. */
export const chooseTelling = ({ output, quiet, verbosity, env, isTerminal }: TellingWish): Telling => {
  if (quiet || output === "events") return "silent";
  const canDraw = isTerminal && !env["CI"] && env["TERM"] !== "dumb" && verbosity === 0;
  if (canDraw) return "terminal";
  return output === "document" && verbosity === 0 ? "silent" : "plain";
};

export interface SinkOptions extends Omit<TellingWish, "isTerminal"> {
  readonly stdout: { readonly write: (text: string) => unknown };
  readonly stderr: NodeJS.WriteStream;
  readonly color: boolean;
  /** Of kbs, for the first line of events. */
  readonly version: string;
  /** Absent: nothing is kept of this call. */
  readonly log?: LogOptions;
  readonly now?: () => number;
}

export interface Attached {
  /** What the run has told so far, secrets masked. */
  readonly model: RunModel;
  readonly telling: Telling;
  /** Path of the log; absent when none can be kept. */
  readonly log: string | undefined;
  /** Adds lines to the log alone. */
  readonly note: (text: string) => void;
  /** Does something on the terminal while no progress is drawn there. */
  readonly aside: <T>(work: () => Promise<T>) => Promise<T>;
  /** Ends what draws, then what is written. Nothing may be emitted after it. */
  readonly close: () => Promise<void>;
}

interface Kept {
  readonly log?: RunLog;
  readonly events?: KeptEvents;
  /** Why something is not kept. */
  readonly failed?: string;
}

const because = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The log of every call, and the events of those that change hosts: `kbs report` tells of a run, not of a look at one. */
const openKept = ({ log: file, output, version }: SinkOptions): Kept => {
  if (!file) return {};
  let log: RunLog | undefined;
  try {
    log = openRunLog(file);
  } catch (error) {
    if (file.file !== undefined) throw error;
    return { failed: `no log of this run is kept: ${because(error)}` };
  }
  try {
    return { log, ...(output !== "document" && { events: keepEvents(file, version) }) };
  } catch (error) {
    return { log, failed: `the events of this run are not kept, so "kbs report" will not know it: ${because(error)}` };
  }
};

/** Subscribes every way of telling a run that is asked for. Each event is masked once, before any of them sees it. */
export const attachSinks = (bus: Bus, options: SinkOptions): Attached => {
  const { stdout, stderr, color, verbosity, now = Date.now } = options;
  const telling = chooseTelling({ ...options, isTerminal: stderr.isTTY && stderr.columns > 0 }); // some build servers offer one without width
  const { log, events, failed } = openKept(options);
  const model = createModel();
  const terminal: TerminalSink | undefined =
    telling === "terminal" ? terminalSink({ stream: stderr, paint: painter(color), now }) : undefined;
  const plain = telling === "plain" ? plainSink({ write: (text) => stderr.write(text), verbosity, now }) : undefined;
  const sinks: readonly (Sink | undefined)[] = [
    (event) => advance(model, event),
    log?.sink,
    events?.sink,
    options.output === "events" ? jsonSink((text) => stdout.write(text), options.version) : undefined,
    terminal?.sink,
    plain?.sink,
  ];
  bus.subscribe((event) => {
    const masked = maskDeep(event, (text) => secrets.mask(text));
    for (const sink of sinks) sink?.(masked);
  });
  if (failed !== undefined) bus.emit({ type: "warning", text: failed });
  return {
    model,
    telling,
    log: log?.path,
    note: (text) => log?.note(secrets.mask(text)),
    aside: (work) => (terminal === undefined ? work() : terminal.aside(work)),
    close: async () => {
      await terminal?.close();
      plain?.close();
      log?.close();
      events?.close();
    },
  };
};

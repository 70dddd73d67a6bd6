import type { Sink, TimedEvent } from "../events.ts";
import { advance, createModel, type PhaseModel, type RunModel } from "./model.ts";
import { clock, elapsed, some } from "./words.ts";

/** Build servers end jobs that say nothing for long. Milliseconds. */
const heartbeatEvery = 15_000;

/** Of more hosts than these, ends of units share lines, of which there is one in so many milliseconds: a line for each would be thousands. */
const fewHosts = 20;
const sumEvery = 5_000;

export interface PlainOptions {
  readonly write: (text: string) => unknown;
  /** 0: an end of a unit a line. 1: every change too. 2: every exchange with a host. 3: what it answered. */
  readonly verbosity: number;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** What a run waits for right now, in a few words; empty when nothing runs. */
const waitingFor = ({ phases, bytes }: RunModel): readonly string[] =>
  [...phases.values()].flatMap(({ id, units }) => {
    const running = [...units.values()].filter(({ state }) => state === "running");
    if (running.length === 0) return [];
    const reason = running.find(({ waiting }) => waiting !== undefined)?.waiting;
    const sending = running.filter(({ host }) => bytes.has(host)).length;
    const what = reason ?? (sending > 0 ? `sends to ${sending}` : undefined);
    return [
      `${id} on ${some(
        running.map(({ host }) => host),
        4,
      )}${what === undefined ? "" : ` (${what})`}`,
    ];
  });

const detailLine = (event: TimedEvent, verbosity: number): string | undefined => {
  if (event.type === "change" && verbosity >= 1 && (event.state === "changed" || event.state === "failed"))
    return `${event.host} ${event.phase} ${event.state} ${event.change}`;
  if (event.type === "waiting" && verbosity >= 1) return `${event.host} ${event.phase} waits: ${event.reason}`;
  if (event.type === "exchange" && verbosity >= 2)
    return `${event.host} ${event.what} (${elapsed(event.took)})${verbosity >= 3 ? `\n${event.output}` : ""}`;
  return undefined;
};

const endLine = ({ host, phase, state, changed, took, reason, error }: TimedEvent & { type: "unit-ended" }): string => {
  const why = error === undefined ? (reason === undefined ? "" : `: ${reason}`) : `: ${error.message}`;
  const what = state === "done" ? `changed ${changed}` : state;
  return `${host} ${phase} ${what} (${elapsed(took)})${why}`;
};

/** Whether the end of a unit needs no line of its own. */
const isShared = ({ state, changed }: TimedEvent & { type: "unit-ended" }, isLarge: boolean, verbosity: number): boolean =>
  isLarge ? state === "done" || state === "skipped" : state === "done" && changed === 0 && verbosity === 0;

/** `install-kubelet 412/1000`. */
const counted = (phase: PhaseModel | undefined): string => {
  const ended = [...(phase?.units.values() ?? [])].filter(({ state }) => state !== "running").length;
  return `${phase?.id} ${ended}/${phase?.hosts.length}`;
};

/**
 * For a pipe: a line per end of a unit with time and host. Units which changed nothing share a line, of a large fleet all that went well; and a
 * line says what is waited for when nothing else was said for 15 seconds.
 * @returns the sink, and how to end it: its timer, and the line it still owes.
 */
export const plainSink = ({ write, verbosity, now = Date.now }: PlainOptions): { readonly sink: Sink; readonly close: () => void } => {
  const model = createModel();
  let unchanged = new Map<string, number>();
  const warned = new Map<string, number>();
  let spoke = now();
  let summed = Number.NEGATIVE_INFINITY;
  const isLarge = (): boolean => model.start.hosts.length > fewHosts && verbosity === 0;
  const say = (time: number, line: string): void => {
    spoke = time;
    write(`${clock(time)} ${line}\n`);
  };
  const settle = (time: number): void => {
    if (unchanged.size === 0) return;
    summed = time;
    const phases = [...unchanged].map(([phase, hosts]) =>
      isLarge() ? counted(model.phases.get(phase)) : hosts > 1 ? `${phase} (${hosts} hosts)` : phase,
    );
    unchanged = new Map();
    say(time, `${isLarge() ? "ended" : "unchanged"}: ${phases.join(", ")}`);
  };
  const beat = (): void => {
    const time = now();
    if (time - spoke < heartbeatEvery) return;
    settle(time);
    const waiting = waitingFor(model);
    if (waiting.length > 0) say(time, `waiting for ${waiting.join("; ")}`);
  };
  const timer = setInterval(beat, heartbeatEvery / 5);
  timer.unref();
  const tell = (time: number, line: string | undefined): void => {
    if (line === undefined) return;
    if (!isLarge()) settle(time);
    say(time, line);
  };
  const warn = (time: number, text: string, host: string | undefined): void => {
    const count = warned.get(text) ?? 0;
    warned.set(text, count + 1);
    if (count === 0 || !isLarge()) tell(time, `${host === undefined ? "" : `${host} `}warning: ${text}`);
  };
  /** What many hosts were warned of is told of one at once, and of how many others at the end. */
  const settleWarnings = (time: number): void => {
    if (!isLarge()) return;
    for (const [text, count] of warned) if (count > 1) say(time, `warning on ${count - 1} more: ${text}`);
  };
  const sink: Sink = (event) => {
    advance(model, event);
    const { time } = event;
    if (event.type === "unit-ended" && isShared(event, isLarge(), verbosity)) {
      unchanged.set(event.phase, (unchanged.get(event.phase) ?? 0) + 1);
      if (isLarge() && time - summed >= sumEvery) settle(time);
    } else if (event.type === "unit-ended") tell(time, endLine(event));
    else if (event.type === "run-started")
      tell(time, `${event.command} (run ${event.run}, cluster ${event.cluster}, ${some(event.hosts, fewHosts, " ")})`);
    else if (event.type === "host-failed") tell(time, `${event.host} failed: ${event.error.message}`);
    else if (event.type === "warning") warn(time, event.text, event.host);
    else tell(time, detailLine(event, verbosity));
  };
  return {
    sink,
    close: () => {
      clearInterval(timer);
      settle(now());
      settleWarnings(now());
    },
  };
};

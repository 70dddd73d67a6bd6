import { inspect } from "node:util";
import type { ActionOutcome, FleetOptions } from "../actions/options.ts";
import { type Bus, createBus, toEventError } from "../engine/events.ts";
import { type Attached, attachSinks } from "../engine/progress/sinks.ts";
import { type RunEnd, summaryText } from "../engine/progress/summary.ts";
import { formatDuration } from "../shared/duration.ts";
import { type ExitName, UserError } from "../shared/errors.ts";
import { quoteAll } from "../shared/quote.ts";
import type { Context } from "./command.ts";
import { commandLine, configFile, type FleetValues, toFleetOptions } from "./fleet.ts";
import { createPrompt, type Prompt } from "./prompt.ts";
import { version } from "./version-text.ts";

interface SessionValues extends FleetValues {
  readonly output: "text" | "json";
}

interface Session {
  /** "run": `--output json` prints events. "read": standard output belongs to the answer. */
  readonly kind: "run" | "read";
  readonly path: readonly string[];
  /** It is about this machine alone, whose own record says all. */
  readonly needsNoFile?: boolean;
  /** It leaves no log either, unless one is named: not even a file of kbs's own is written. */
  readonly keepsNothing?: boolean;
  /** What it means that nothing had to be changed. */
  readonly unchanged?: string;
  readonly values: SessionValues;
  readonly context: Context;
}

interface Tools {
  readonly options: FleetOptions;
  readonly prompt: Prompt | undefined;
  /** What goes to standard output once progress is off the terminal, and what belongs beside it on standard error. */
  readonly answer: (text: string, beside?: string) => void;
}

type Work = (tools: Tools) => Promise<ActionOutcome>;

/** A signal that ends with the time limit too, and what to do once it is not needed. */
const withTimeout = (signal: AbortSignal, seconds: number): { readonly signal: AbortSignal; readonly done: () => void } => {
  const controller = new AbortController();
  const late = new UserError(`not done within ${formatDuration(seconds)}`, {
    exit: "phase",
    hint: "run the same command again to go on, with a larger --timeout if the hosts are slow",
  });
  const timer = setTimeout(() => controller.abort(late), seconds * 1000);
  return { signal: AbortSignal.any([signal, controller.signal]), done: () => clearTimeout(timer) };
};

/** Says what happens once a run is told to stop, by Ctrl-C or by its time limit. */
const tellAbort = (signal: AbortSignal, bus: Bus): void => {
  const say = (): void => {
    const { message, details } = signal.reason instanceof UserError ? signal.reason : new UserError("stopping");
    const then = details.hint === undefined ? "" : `; then ${details.hint}`;
    bus.emit({ type: "warning", text: `${message}: finishing the change in flight and releasing the hosts${then}` });
  };
  if (signal.aborted) say();
  else signal.addEventListener("abort", say, { once: true });
};

interface Ended {
  readonly outcome: ActionOutcome;
  readonly thrown?: unknown;
}

/** Does the work. What it throws after an abort is the abort's own reason, unless it knows better. */
const perform = async (work: () => Promise<ActionOutcome>, { model }: Attached, signal: AbortSignal): Promise<Ended> => {
  try {
    const outcome = await work();
    if (outcome.exit !== "interrupted" || !(signal.reason instanceof UserError)) return { outcome };
    return { outcome: { ...outcome, exit: signal.reason.exit }, thrown: signal.reason };
  } catch (error) {
    const thrown: unknown = signal.aborted && !(error instanceof UserError) ? signal.reason : error;
    const changed = [...model.changes.values()].reduce((sum, changes) => sum + changes.length, 0);
    return { outcome: { exit: thrown instanceof UserError ? thrown.exit : "bug", changed, next: [] }, thrown };
  }
};

const attach = (bus: Bus, { kind, path, values, keepsNothing = false, context: { io, globals } }: Session): Attached => {
  const { quiet, verbosity, color } = globals;
  const { env, stdout, stderr, pid } = io;
  const output = kind === "read" ? "document" : values.output === "json" ? "events" : "text";
  const file = values["log-file"];
  const log = keepsNothing && file === undefined ? undefined : { env, name: path.join("-"), pid, ...(file !== undefined && { file }) };
  const attached = attachSinks(bus, { stdout, stderr, env, output, quiet, verbosity, color, version, ...(log && { log }) });
  attached.note(`kbs ${version}: ${commandLine(io)}`);
  return attached;
};

const tellThrown = (thrown: unknown, bus: Bus, attached: Attached): void => {
  if (!(thrown instanceof UserError)) return attached.note(`bug: ${inspect(thrown)}`);
  const { host } = thrown.details;
  bus.emit({ type: "error", error: toEventError(thrown), ...(host !== undefined && { host }) });
};

/**
 * One call of a command that talks to hosts: its events are told and logged, its end is summed up, its exit is that of the outcome.
 * @throws what is a bug, once the log has it; UserError when there is no configuration, or no log where one was asked for
 */
export const withSession = async (session: Session, work: Work): Promise<ExitName> => {
  const { values, context, kind, unchanged = "everything is as the file says" } = session;
  const { io, globals } = context;
  const file = session.needsNoFile === true ? "" : await configFile(values.file, io);
  const bus = createBus();
  const attached = attach(bus, session);
  const began = Date.now();
  const { signal, done } = withTimeout(io.signal, values.timeout);
  tellAbort(signal, bus);
  const prompt = createPrompt(io, attached.aside);
  const options = toFleetOptions(values, io, { file, bus, signal, prompt });
  const answers: { readonly text: string; readonly beside: string }[] = [];
  const answer: Tools["answer"] = (text, beside = "") => void answers.push({ text, beside });
  const { outcome, thrown } = await perform(() => work({ options, prompt, answer }), attached, signal);
  done();
  const stopped = kind === "run" && signal.aborted && outcome.exit !== "done";
  const historyLine = quoteAll(["kbs", "history", ...(values.file === undefined ? [] : ["-f", values.file])]);
  // A history is read from the hosts of a configuration.
  const history = session.needsNoFile === true ? [] : [`${historyLine}    # what was done, and left open`];
  const next = stopped ? [`${commandLine(io)}    # goes on from there`, ...history] : outcome.next;
  if (thrown !== undefined) tellThrown(thrown, bus, attached);
  const end: RunEnd = {
    type: "run-ended",
    ...outcome,
    next,
    took: Date.now() - began,
    ...(attached.log !== undefined && { log: attached.log }),
  };
  bus.emit(end);
  await attached.close();
  for (const { text, beside } of answers) {
    io.stdout.write(text);
    io.stderr.write(beside);
  }
  if (thrown !== undefined && !(thrown instanceof UserError)) throw thrown;
  const quiet = globals.quiet || (kind === "run" && values.output === "json");
  const told = { kind, answered: answers.length > 0, warned: attached.telling === "plain", unchanged };
  io.stderr.write(summaryText(attached.model, end, { color: globals.color, quiet, ...told }));
  return outcome.exit;
};

import { inspect } from "node:util";
import type { ActionOutcome, FleetOptions } from "../actions/options.ts";
import { createBus, toEventError } from "../engine/events.ts";
import { type Attached, attachSinks } from "../engine/progress/sinks.ts";
import { type RunEnd, summaryText } from "../engine/progress/summary.ts";
import { formatDuration } from "../shared/duration.ts";
import { type ExitName, UserError } from "../shared/errors.ts";
import type { Context } from "./command.ts";
import { commandLine, configFile, type FleetValues, toFleetOptions } from "./fleet.ts";
import { createPrompt, type Prompt } from "./prompt.ts";
import { version } from "./version-text.ts";

export interface SessionValues extends FleetValues {
  readonly output: "text" | "json";
}

export interface Work {
  readonly options: FleetOptions;
  readonly prompt: Prompt | undefined;
}

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

/** What a run says when it was told to stop: the reason is the first Ctrl-C's sentence or that of the time limit. */
const tellAbort = (signal: AbortSignal, tell: (text: string) => void): void => {
  const say = (): void => {
    const { message, details } = signal.reason instanceof UserError ? signal.reason : new UserError("stopping");
    tell(`${message}: finishing the change in flight and releasing the hosts${details.hint === undefined ? "" : `; then ${details.hint}`}`);
  };
  if (signal.aborted) say();
  else signal.addEventListener("abort", say, { once: true });
};

interface Ended {
  readonly outcome: ActionOutcome;
  readonly thrown?: unknown;
}

const failedOutcome = (exit: ExitName, attached: Attached): ActionOutcome => ({
  exit,
  changed: [...attached.model.changes.values()].reduce((sum, changes) => sum + changes.length, 0),
  next: [],
});

/** Does the work; whatever is thrown that a user can mend becomes an event, anything else is passed on. */
const perform = async (work: () => Promise<ActionOutcome>, attached: Attached, signal: AbortSignal): Promise<Ended> => {
  try {
    const outcome = await work();
    if (outcome.exit !== "interrupted" || !(signal.reason instanceof UserError)) return { outcome };
    return { outcome: { ...outcome, exit: signal.reason.exit }, thrown: signal.reason };
  } catch (thrown) {
    const error = signal.aborted && !(thrown instanceof UserError) ? signal.reason : thrown;
    return { outcome: failedOutcome(error instanceof UserError ? error.exit : "bug", attached), thrown: error };
  }
};

/**
 * One run of a command that talks to hosts: its events are told and logged, its end is summed up, its exit is that of the outcome.
 * @param kind "run": `--output json` prints events. "read": standard output belongs to the answer, which `work` prints itself.
 * @throws what is a bug, after the log has it; and what is wrong with the command line or the configuration.
 */
export const withSession = async (
  kind: "run" | "read",
  values: SessionValues,
  { io, globals }: Context,
  name: readonly string[],
  work: (tools: Work) => Promise<ActionOutcome>,
): Promise<ExitName> => {
  const { quiet, verbosity, color } = globals;
  const file = await configFile(values.file, io);
  const bus = createBus();
  const output = kind === "read" ? "document" : values.output === "json" ? "events" : "text";
  const logFile = values["log-file"];
  const log = { env: io.env, name: name.join("-"), pid: io.pid, ...(logFile !== undefined && { file: logFile }) };
  const attached = attachSinks(bus, { ...io, output, quiet, verbosity, color, version, log });
  attached.note(`kbs ${version}: ${commandLine(io)}`);
  const began = Date.now();
  const { signal, done } = withTimeout(io.signal, values.timeout);
  tellAbort(signal, (text) => bus.emit({ type: "warning", text }));
  const prompt = createPrompt(io, attached.aside);
  const options = toFleetOptions(values, io, { file, bus, signal, prompt });
  const { outcome, thrown } = await perform(() => work({ options, prompt }), attached, signal);
  done();
  if (thrown instanceof UserError)
    bus.emit({ type: "error", error: toEventError(thrown), ...(thrown.details.host !== undefined && { host: thrown.details.host }) });
  else if (thrown !== undefined) attached.note(`bug: ${inspect(thrown)}`);
  const end: RunEnd = {
    type: "run-ended",
    ...outcome,
    took: Date.now() - began,
    ...(attached.log !== undefined && { log: attached.log }),
  };
  bus.emit(end);
  await attached.close();
  if (thrown !== undefined && !(thrown instanceof UserError)) throw thrown;
  const short = quiet || output === "events" || (kind === "read" && outcome.exit === "done");
  io.stderr.write(summaryText(attached.model, end, { color, quiet: short }));
  return outcome.exit;
};

import type { ActionOutcome } from "../../src/actions/options.ts";
import { type Sink, type TimedEvent, toEventError } from "../../src/engine/events.ts";
import { advance, createModel } from "../../src/engine/progress/model.ts";
import { plainSink } from "../../src/engine/progress/plain.ts";
import { type RunEnd, summaryText } from "../../src/engine/progress/summary.ts";
import { UserError } from "../../src/shared/errors.ts";
import { randomOf, shuffled } from "../support/random.ts";
import { inVirtualTime } from "./clock.ts";
import type { Figures, Kind } from "./figures.ts";
import type { Fault } from "./host.ts";
import { namesOf, openStage, prepareScenario, type Scenario, type ScenarioWish } from "./scenario.ts";

/** What an operator would have seen of a run. */
export interface Seen {
  readonly model: ReturnType<typeof createModel>;
  readonly sink: Sink;
  /** Lines that a pipe is told while it runs. */
  readonly lines: string[];
  /** What went wrong, as the end of the run says it. */
  readonly troubles: (outcome: ActionOutcome) => string;
  readonly end: () => void;
}

export const watchRun = (): Seen => {
  const model = createModel();
  const lines: string[] = [];
  const plain = plainSink({ write: (text) => lines.push(...text.trimEnd().split("\n")), verbosity: 0 });
  return {
    model,
    lines,
    sink: (event: TimedEvent) => {
      advance(model, event);
      plain.sink(event);
    },
    end: plain.close,
    troubles: (outcome) => {
      const end: RunEnd = { type: "run-ended", ...outcome, took: model.at };
      return summaryText(model, end, { color: false, quiet: true, kind: "run", answered: false, warned: false, unchanged: "" });
    },
  };
};

/** An action to its end; an error is an end, too, as it is for the command. */
export const outcomeOf = async (work: () => Promise<ActionOutcome>, { model }: Seen): Promise<ActionOutcome> => {
  try {
    return await work();
  } catch (thrown) {
    if (!(thrown instanceof UserError)) throw thrown;
    model.errors.push({ error: toEventError(thrown) });
    return { exit: thrown.exit, changed: 0, next: [] };
  }
};

/** One slow host and five dead ones, never the control plane. */
export const sixTroubled = (hosts: number, seed: number): Pick<ScenarioWish, "faults" | "slow"> & { readonly six: readonly string[] } => {
  const six = shuffled(namesOf(hosts).slice(1), randomOf(seed, "the six")).slice(0, 6);
  const [slow = "", ...dead] = six;
  const faults = new Map(dead.map((name): [string, Fault] => [name, { kind: "dead" }]));
  return { six, slow: new Map([[slow, 50]]), faults };
};

const wishOf = (kind: Kind, hosts: number, seed: number): ScenarioWish => {
  const wish = { hosts, seed };
  if (kind === "create" || kind === "preflight") return wish;
  return { ...wish, ...sixTroubled(hosts, seed), keepGoing: kind === "faults" };
};

const actionOf = (kind: Kind, { create, preflight }: Scenario): Promise<ActionOutcome> =>
  kind === "preflight" ? preflight().then(({ outcome }) => outcome) : create();

/** One run in this process. */
export const perform = async (kind: Kind, hosts: number, seed: number): Promise<Figures> => {
  const stage = await openStage();
  try {
    const seen = watchRun();
    const scenario = await prepareScenario(stage, { ...wishOf(kind, hosts, seed), sinks: [seen.sink] });
    const { result, took } = await inVirtualTime(() => outcomeOf(() => actionOf(kind, scenario), seen));
    seen.end();
    const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
    const written = [...scenario.fleet.machines.values()].filter(({ nodes }) => nodes.has("/var/lib/kbs/cluster"));
    return {
      hosts,
      exit: result.exit,
      seconds: took / 1000,
      cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
      peak: maxRSS / 1024,
      messages: scenario.fleet.load.change.messages + scenario.fleet.load.blobs.messages,
      requests: scenario.fleet.requests(),
      named: [...new Set(seen.troubles(result).match(/\b(?:cp1|w\d+)\b/g))].toSorted(),
      touched: written.length,
      lines: seen.lines.length,
    };
  } finally {
    await stage.leave();
  }
};

import type { WriteStream } from "node:tty";
import type { ActionOutcome } from "../../src/actions/options.ts";
import { type Bus, createBus, toEventError } from "../../src/engine/events.ts";
import { attachSinks } from "../../src/engine/progress/sinks.ts";
import { type RunEnd, summaryText } from "../../src/engine/progress/summary.ts";
import { UserError } from "../../src/shared/errors.ts";
import { randomOf, shuffled } from "../support/random.ts";
import { inVirtualTime } from "./clock.ts";
import type { Figures, Kind } from "./figures.ts";
import type { Fault } from "./host.ts";
import { namesOf, openStage, prepareScenario, type Scenario, type ScenarioWish } from "./scenario.ts";

/** An action to its end. An error is an end, too, as it is for the command. */
export const outcomeOf = async (
  work: () => Promise<ActionOutcome>,
  tell: (error: UserError) => void = () => undefined,
): Promise<ActionOutcome> => {
  try {
    return await work();
  } catch (thrown) {
    if (!(thrown instanceof UserError)) throw thrown;
    tell(thrown);
    return { exit: thrown.exit, changed: 0, next: [] };
  }
};

interface Told {
  readonly outcome: ActionOutcome;
  /** Lines that a pipe was told while it ran. */
  readonly lines: number;
  /** What went wrong, as the end of the run says it. */
  readonly troubles: string;
}

/** An action as the command runs it: with its log, its events on disk, its words for a pipe, and the sum at its end. */
const asCommand = async (directory: string, work: (bus: Bus) => Promise<ActionOutcome>): Promise<Told> => {
  const bus = createBus();
  let lines = 0;
  const write = (text: string): boolean => {
    lines += text.split("\n").length - 1;
    return true;
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- of a stream that is no terminal nothing else is used
  const stderr = { write, isTTY: false } as unknown as WriteStream;
  const env = { HOME: directory };
  const log = { env, name: "create-cluster", pid: process.pid };
  const told = { output: "text", quiet: false, verbosity: 0, color: false } as const;
  const attached = attachSinks(bus, { ...told, env, log, stdout: stderr, stderr, version: "0" });
  const outcome = await outcomeOf(
    () => work(bus),
    (error) => bus.emit({ type: "error", error: toEventError(error) }),
  );
  await attached.close();
  const end: RunEnd = { type: "run-ended", ...outcome, took: attached.model.at };
  const wish = { color: false, quiet: true, kind: "run", answered: false, warned: false, unchanged: "" } as const;
  return { outcome, lines, troubles: summaryText(attached.model, end, wish) };
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

const actionOf = (kind: Kind, { create, preflight }: Scenario, bus: Bus): Promise<ActionOutcome> =>
  kind === "preflight" ? preflight({ bus }).then(({ outcome }) => outcome) : create({ bus });

/** One run in this process. */
export const perform = async (kind: Kind, hosts: number, seed: number): Promise<Figures> => {
  const stage = await openStage();
  try {
    const scenario = await prepareScenario(stage, wishOf(kind, hosts, seed));
    const { result, took } = await inVirtualTime(() => asCommand(stage.directory, (bus) => actionOf(kind, scenario, bus)));
    const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
    const written = [...scenario.fleet.machines.values()].filter(({ nodes }) => nodes.has("/var/lib/kbs/cluster"));
    return {
      hosts,
      exit: result.outcome.exit,
      seconds: took / 1000,
      cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
      peak: maxRSS / 1024,
      messages: scenario.fleet.load.change.messages + scenario.fleet.load.blobs.messages,
      requests: scenario.fleet.requests(),
      named: [...new Set(result.troubles.match(/\b(?:cp1|w\d+)\b/g))].toSorted(),
      touched: written.length,
      lines: result.lines,
    };
  } finally {
    await stage.leave();
  }
};

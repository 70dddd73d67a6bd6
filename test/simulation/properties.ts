import { UserError } from "../../src/shared/errors.ts";
import { type Random, random } from "../support/random.ts";
import { inVirtualTime } from "./clock.ts";
import { type Fault, heal } from "./host.ts";
import { outcomeOf } from "./perform.ts";
import { namesOf, prepareScenario, type Scenario, type ScenarioWish, type Stage } from "./scenario.ts";
import { endStates, failedHosts, judgeOrder, traceRun } from "./trace.ts";

/** What must be true of every run, whatever the seed. Each property gives what is wrong, a sentence each, with its seed. */

const faultOf = (next: Random): Fault | undefined => {
  const drawn = next();
  if (drawn < 0.12) return { kind: "dead" };
  if (drawn < 0.35) return { kind: "dies", after: Math.floor(next() * 8) };
  if (drawn < 0.45) return { kind: "full", room: Math.floor(next() * 20_000) };
  return undefined;
};

/** A fleet of three to six, of which some hosts fail in some way, some are slow, and few are worked on at once. */
const drawWish = (seed: number, next: Random): ScenarioWish => {
  const names = namesOf(3 + Math.floor(next() * 4));
  const faults = new Map(
    names.flatMap((name): [string, Fault][] => {
      const fault = faultOf(next);
      return fault === undefined || (name === "cp1" && next() < 0.7) ? [] : [[name, fault]];
    }),
  );
  const slow = new Map(names.filter(() => next() < 0.15).map((name): [string, number] => [name, 5 + 20 * next()]));
  return { seed, hosts: names.length, faults, slow, concurrency: 1 + Math.floor(next() * 5), keepGoing: true };
};

interface Tried {
  readonly events: ReturnType<typeof traceRun>["events"];
  readonly exit: string;
}

const tryOnce = async (scenario: Scenario, more: Parameters<Scenario["create"]>[0] = {}): Promise<Tried> => {
  const trace = traceRun();
  const { exit } = await outcomeOf(() => scenario.create({ ...more, sinks: [trace.sink] }));
  return { events: trace.events, exit };
};

/** Runs share one clock: what they do does not depend on each other. */
const inOneClock = async (
  seeds: readonly number[],
  work: (seed: number, next: Random) => Promise<readonly string[]>,
): Promise<readonly string[]> => {
  const { result } = await inVirtualTime(() => Promise.all(seeds.map((seed) => work(seed, random(seed)))));
  return result.flatMap((wrong, nth) => wrong.map((what) => `seed ${seeds[nth]}: ${what}`));
};

const say = (holds: boolean, what: string): readonly string[] => (holds ? [] : [what]);

/** Hosts with nothing wrong that are not done with everything, though the control plane is well. */
const neglected = ({ events }: Tried, { hosts, faults }: ScenarioWish): readonly string[] => {
  const whole = namesOf(hosts).filter((name) => !faults?.has(name));
  const failed = failedHosts(events);
  if (!whole.includes("cp1")) return whole.filter((name) => failed.has(name));
  return whole.filter((name) => [...endStates(events, name)].join() !== "done");
};

/**
 * Whatever fails on whatever hosts: every unit ends once, in the graph's order, nothing begins on a host that was lost, no more hosts are worked on
 * at once than was allowed, and what can be done is done. Once all is mended, a rerun does the rest.
 */
export const failAnywhere = (stage: Stage, seeds: readonly number[]): Promise<readonly string[]> =>
  inOneClock(seeds, async (seed, next) => {
    const wish = drawWish(seed, next);
    const scenario = await prepareScenario(stage, wish);
    const first = await tryOnce(scenario);
    const { change, blobs } = scenario.fleet.load;
    const most = Math.max(change.most, blobs.most);
    for (const machine of scenario.fleet.machines.values()) heal(machine);
    const second = await tryOnce(scenario);
    const left = neglected(first, wish);
    return [
      ...judgeOrder(first.events),
      ...say(most <= (wish.concurrency ?? 0), `${most} hosts were worked on at once, not ${wish.concurrency}`),
      ...say(left.length === 0, `${left.join(", ")} had nothing wrong, and were not finished`),
      ...judgeOrder(second.events).map((what) => `rerun: ${what}`),
      ...say(second.exit === "done", `the rerun ended as ${second.exit}`),
    ];
  });

/** Milliseconds in which a cancelled run must end: a change in flight is finished first. */
const endsWithin = 60_000;

/** A run that is cancelled at any moment ends soon, holds no host any more, and is taken up by the next one. */
export const cancelAnytime = (stage: Stage, seeds: readonly number[]): Promise<readonly string[]> =>
  inOneClock(seeds, async (seed, next) => {
    const scenario = await prepareScenario(stage, { seed, hosts: 3 });
    const stop = new AbortController();
    const at = Date.now() + 1500 + 15_000 * next();
    setTimeout(() => stop.abort(new UserError("interrupted", { exit: "interrupted" })), at - Date.now());
    const first = await tryOnce(scenario, { signal: stop.signal });
    const took = Date.now() - at;
    const held = [...scenario.fleet.machines.values()].filter(({ holder }) => holder !== undefined);
    const second = await tryOnce(scenario);
    return [
      ...judgeOrder(first.events),
      ...say(first.exit === "interrupted", `it ended as ${first.exit}`),
      ...say(took <= endsWithin, `it took ${took} ms to end`),
      ...say(held.length === 0, `${held.map(({ name }) => name).join(", ")} are still held`),
      ...say(second.exit === "done", `the rerun ended as ${second.exit}`),
    ];
  });

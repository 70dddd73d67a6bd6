import { setTimeout as sleep } from "node:timers/promises";
import type { LabHost } from "../lab/index.ts";
import { asFound, type Found, sinceFound } from "../support/as-found.ts";
import { type ClusterState, clusterState, notReady } from "../support/cluster-state.ts";
import { differences } from "../support/differences.ts";
import { eventsOf } from "../support/events.ts";
import { allProcessesOf, type EndedSession, endedNow } from "../support/host-processes.ts";
import { staleProcesses } from "../support/loaded-inputs.ts";
import type { Ended, Run } from "../support/operator.ts";
import { changesOf, remainsOf, troublesThatStay } from "../support/settle.ts";
import { type Boundary, inOrder, isPhaseEnd, nameOf, phaseEndsIn } from "./boundary.ts";
import type { Case } from "./cases.ts";
import { faults } from "./faults.ts";
import { letGo, type Stopped, stoppedOn, unwatch, watch } from "./host-side.ts";
import { bareHosts, nodesOf } from "./reference.ts";
import type { Scenario } from "./scenarios.ts";
import { between } from "./stage.ts";
import { begin, forgetLocalState, hostOf, type Step, type World } from "./world.ts";

/** A scenario on its hosts, where its command begins. */
export interface Stage {
  readonly scenario: Scenario;
  readonly command: Step;
  /** How the hosts that are a cluster at the end are after a run that nobody disturbs. */
  readonly wished: ClusterState | undefined;
  readonly world: World;
  /** The hosts that are as they were found at the end, as they were found. */
  readonly found: Found;
  readonly seed: number;
}

export interface Verdict {
  /** "not reached": no run came by any of its boundaries, so nothing was disturbed. */
  readonly outcome: "converged" | "failed" | "not reached";
  /** Each boundary at which a run was cut, with the exit code of that run; null: by a signal. */
  readonly cuts: readonly (readonly [string, number | null])[];
  readonly troubles: readonly string[];
}

const tail = (text: string): string => text.trimEnd().split("\n").slice(-25).join("\n");

const said = ({ code, stdout, stderr }: Ended): string => {
  const errors = eventsOf(stdout.slice(0, stdout.lastIndexOf("\n") + 1)).filter(
    ({ type, state }) => /error|failed/.test(type) || state === "failed",
  );
  return `ended with ${code}\n${tail(stderr)}\n${errors.map((event) => JSON.stringify(event).slice(0, 3000)).join("\n")}`;
};

interface Met extends Stopped {
  readonly host: LabHost;
}

/** Waits until a script of a host stands at its boundary; undefined when kbs has ended before. */
const stopped = async (hosts: readonly LabHost[], { child }: Run): Promise<Met | undefined> => {
  for (;;) {
    const over = child.exitCode !== null || child.signalCode !== null;
    for (const host of hosts) {
      const found = await stoppedOn(host);
      if (found) return { ...found, host };
    }
    if (over) return undefined;
    await sleep(5);
  }
};

/** The sessions that run on hosts now, by host and number. */
const sessionsOn = async (hosts: readonly LabHost[]): Promise<ReadonlySet<string>> => {
  const all = await Promise.all(hosts.map(async (host) => (await allProcessesOf(host)).map(({ session }) => `${host.name} ${session}`)));
  return new Set(all.flat());
};

interface Cut {
  readonly group: EndedSession;
  readonly ended: Ended;
  /** undefined: the run came by none of its boundaries. */
  readonly at: Boundary | undefined;
  /** What stood there was left of a run before, which this one would have waited out: it may not even notice. */
  readonly ofAnother: boolean;
}

/** The phase at whose end kbs has died: the last one that it has told. */
const lastPhaseEnd = (stdout: string): Boundary | undefined =>
  inOrder(phaseEndsIn(eventsOf(stdout.slice(0, stdout.lastIndexOf("\n") + 1)), 0)).at(-1);

/** Milliseconds until a kubelet starts what it has kept back for the longest time, five minutes, and all is well again. */
const keptBack = 420_000;

/** Brings a scenario that rests to where it is disturbed. @throws Error that says what does not become well */
const rest = async ({ world, scenario }: Stage): Promise<void> => {
  if (!scenario.rests) return;
  const nodes = nodesOf(world, scenario);
  const well = async (): Promise<void> => {
    const troubles = await troublesThatStay(() => notReady(nodes), keptBack);
    if (troubles.length > 0) throw new Error(`before it was disturbed: ${troubles.join(", ")}`);
  };
  await well();
  for (const { code, stderr } of await Promise.all(nodes.hosts.map((host) => host.run("systemctl restart kubelet"))))
    if (code !== 0) throw new Error(`a kubelet could not be restarted: ${stderr}`);
  await well();
};

/** Runs the command until it meets one of the boundaries, and disturbs it there. */
const cut = async ({ world, command, seed }: Stage, { fault }: Case, boundaries: readonly Boundary[]): Promise<Cut> => {
  const { hosts } = world.lab;
  const { strike, mend } = faults[fault];
  const ends = boundaries.filter(isPhaseEnd).map(({ host, what, nth }) => `${host} ${what} ${nth}`);
  const props = await between(world, hostOf(world, boundaries[0]?.host ?? ""), faults[fault], seed);
  const release = (): Promise<unknown> => Promise.allSettled(hosts.map(letGo));
  await Promise.all(hosts.map((host) => watch(host, boundaries)));
  const before = await sessionsOn(hosts);
  try {
    const run = await begin(world, command, ends.length > 0 ? { KBS_FAULT_PHASE_ENDS: ends.join(",") } : {});
    const met = await stopped(hosts, run);
    if (!met) {
      const ended = await run.ended;
      return { group: endedNow(run.pid), ended, at: ended.code === null ? lastPhaseEnd(ended.stdout) : undefined, ofAnother: false };
    }
    const scene = { world, run, ...met, ...(props.proxy && { proxy: props.proxy }) };
    try {
      await strike(scene);
      // Where a host was rebooted there is nobody left to go on.
      await release();
      const ended = await run.ended;
      // It may have died at the end of a phase just before.
      const died = ended.code === null && !faults[fault].ends.includes(null);
      const ofAnother = before.has(`${met.host.name} ${met.session}`);
      return { group: endedNow(run.pid), ended, at: died ? lastPhaseEnd(ended.stdout) : met.boundary, ofAnother };
    } finally {
      await mend?.(scene);
    }
  } finally {
    // A host that did not come back is told by what failed there.
    await Promise.allSettled(hosts.map(unwatch));
    await props.strike();
  }
};

/** A host whose link was cut holds its lease for so long at most, in milliseconds: nobody has told it that its holder is gone. */
const leaseEnds = 60_000;

const again = async ({ world, command }: Stage, { fault }: Case): Promise<Ended> => {
  const began = Date.now();
  for (;;) {
    const ended = await (await begin(world, command)).ended;
    if (ended.code !== 6 || !fault.startsWith("cut-") || Date.now() - began > leaseEnds) return ended;
    await sleep(2000);
  }
};

/** What is not as after the undisturbed run. What is not ready yet differs anyway, and a look at everything takes the processors that it waits for. */
const unlike = async ({ world, scenario, wished, found }: Stage): Promise<string[]> => {
  const nodes = nodesOf(world, scenario);
  const others = sinceFound(found, await asFound(bareHosts(world, scenario)));
  if (scenario.nodes === 0) return others;
  const waits = await notReady(nodes);
  if (waits.length > 0) return [...others, ...waits];
  return [...others, ...differences(wished, await clusterState(nodes)), ...(await staleProcesses(nodes))];
};

/** Runs the command again, and gives what then is not as it should be. */
const troublesAfter = async (stage: Stage, one: Case, groups: readonly EndedSession[]): Promise<readonly string[]> => {
  const { world, scenario, command } = stage;
  if (one.forgets) await forgetLocalState(world);
  const rerun = await again(stage, one);
  if (rerun.code !== 0) return [`the plain rerun ${said(rerun)}`];
  const left = await troublesThatStay(async () => (await Promise.all(groups.map((group) => remainsOf(world.lab, group)))).flat());
  if (left.length > 0) return [`left of a run that was cut: ${left.join(", ")}`];
  const other = await troublesThatStay(() => unlike(stage));
  if (other.length > 0) return other;
  const third = await (await begin(world, command)).ended;
  if (third.code !== 0 || (!scenario.repeats && changesOf(third) !== 0))
    return [`a further run changed ${String(changesOf(third))} and ${said(third)}`];
  return await troublesThatStay(() => unlike(stage));
};

/** Disturbs the scenario's command as a case says, runs it again, and compares. */
export const performCase = async (stage: Stage, one: Case): Promise<Verdict> => {
  const cuts: [string, number | null][] = [];
  const groups: EndedSession[] = [];
  const failed = (troubles: readonly string[]): Verdict => ({ outcome: "failed", cuts, troubles });
  let open = one.at;
  while (open.length > 0) {
    await rest(stage);
    const { group, ended, at, ofAnother } = await cut(stage, one, open);
    if (!at) {
      if (ended.code !== 0) return failed([`nothing disturbed the run, and it ${said(ended)}`]);
      break;
    }
    open = open.filter((boundary) => nameOf(boundary) !== nameOf(at));
    cuts.push([nameOf(at), ended.code]);
    groups.push(group);
    const ends = [...(isPhaseEnd(at) ? [null] : faults[one.fault].ends), ...(ofAnother ? [0] : [])];
    if (!ends.includes(ended.code)) return failed([`disturbed at ${nameOf(at)}, the run ${said(ended)}`]);
  }
  if (cuts.length === 0) return { outcome: "not reached", cuts, troubles: [] };
  const troubles = await troublesAfter(stage, one, groups);
  return troubles.length > 0 ? failed(troubles) : { outcome: "converged", cuts, troubles: [] };
};

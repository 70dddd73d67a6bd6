import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LabHost } from "../lab/index.ts";
import { cacheDirectory } from "../lab/paths.ts";
import { booted } from "../support/booted.ts";
import type { ClusterState } from "../support/cluster-state.ts";
import { eventsOf } from "../support/events.ts";
import { staleProcesses } from "../support/loaded-inputs.ts";
import { stateAtRest } from "../support/settle.ts";
import { type Boundary, inOrder, phaseEndsIn } from "./boundary.ts";
import { journalLines, passedOn, unwatch, watch } from "./host-side.ts";
import type { Scenario } from "./scenarios.ts";
import { begin, type Step, type World } from "./world.ts";

/** What a command passes, and how everything is after it, when nobody disturbs it. */
export interface Reference {
  /** The digest of kbs's sources. */
  readonly sources: string;
  readonly boundaries: readonly Boundary[];
  /** By host: lines that the journal has grown by; absent where the command has removed it. As many boundaries were passed. */
  readonly journal: Readonly<Record<string, number>>;
  /** Of the hosts that are a cluster at the end. */
  readonly state: ClusterState | undefined;
  /** Where the command begins, of a scenario that is tried both ways. */
  readonly origin?: ClusterState | undefined;
  /** Seconds. */
  readonly took: number;
}

const sourceFolder = join(import.meta.dirname, "../../src");

/** Twelve digits that stand for all of kbs's sources. */
export const sourcesDigest = (): string => {
  const hash = createHash("sha256");
  for (const file of readdirSync(sourceFolder, { recursive: true, encoding: "utf8" }).toSorted())
    if (file.endsWith(".ts")) hash.update(file).update(readFileSync(join(sourceFolder, file)));
  return hash.digest("hex").slice(0, 12);
};

/** Where this bench keeps what it knows, outside the working tree. */
export const faultsFolder = (): string => join(cacheDirectory(), "faults");

/** A step that nobody disturbs. @throws Error with what it said, when it does not end well */
export const perform = async (world: World, step: Step): Promise<string> => {
  const run = await begin(world, step);
  const { code, stdout, stderr } = await run.ended;
  if (code !== 0) throw new Error(`kbs ${step.words.join(" ")} ended with ${code}:\n${stderr}\n${stdout.slice(-3000)}`);
  return stdout;
};

/** The hosts that are as they were found at the end of a scenario. */
export const bareHosts = ({ lab }: World, { bare }: Scenario): readonly LabHost[] => lab.hosts.slice(lab.hosts.length - bare);

/** The part of a lab that is a cluster at the end of a scenario. */
export const nodesOf = ({ lab }: World, { nodes }: Scenario) => ({ ...lab, hosts: lab.hosts.slice(0, nodes) });

const measure = async (world: World, scenario: Scenario): Promise<Reference> => {
  const { hosts } = world.lab;
  const origin = scenario.bothWays && (await stateAfter(world, scenario));
  const before = hosts.map(journalLines);
  await Promise.all(hosts.map((host) => watch(host)));
  const began = Date.now();
  const stdout = await perform(world, scenario.command);
  const took = (Date.now() - began) / 1000;
  const lines = await Promise.all(hosts.map(passedOn));
  const journal: Record<string, number> = {};
  for (const [nth, host] of hosts.entries()) {
    const after = journalLines(host);
    if (after === undefined) continue;
    const [grown, passed] = [after - (before[nth] ?? 0), lines[nth]?.length ?? 0];
    if (grown !== passed) throw new Error(`${host.name}: the journal has grown by ${grown} lines, and ${passed} boundaries were passed`);
    journal[host.name] = grown;
  }
  await Promise.all(hosts.map(unwatch));
  const boundaries = inOrder([...lines.flat(), ...phaseEndsIn(eventsOf(stdout), booted())]);
  return { sources: sourcesDigest(), boundaries, journal, took, state: await stateAfter(world, scenario), ...(origin && { origin }) };
};

const stateAfter = async (world: World, scenario: Scenario): Promise<ClusterState | undefined> => {
  if (scenario.nodes === 0) return undefined;
  const state = await stateAtRest(nodesOf(world, scenario));
  const stale = await staleProcesses(nodesOf(world, scenario));
  if (stale.length > 0) throw new Error(`the undisturbed run has left: ${stale.join("; ")}`);
  return state;
};

const fileOf = (scenario: Scenario): string => join(faultsFolder(), `${scenario.name}.json`);

/** The reference of a scenario that was made last, of whatever state of kbs. */
export const lastReference = (scenario: Scenario): Reference | undefined =>
  existsSync(fileOf(scenario)) ? JSON.parse(readFileSync(fileOf(scenario), "utf8")) : undefined;

/** The same; undefined when kbs has changed since. */
export const keptReference = (scenario: Scenario): Reference | undefined => {
  const last = lastReference(scenario);
  return last?.sources === sourcesDigest() ? last : undefined;
};

/** Where cases go back and forth on the same hosts, what the way back leaves in their journals is there from the first one on. */
export const thereAndBack = async (world: World, { back, nodes, command }: Scenario): Promise<void> => {
  if (back && nodes > 0) for (const step of [command, ...back]) await perform(world, step);
};

/** The undisturbed run on prepared hosts, kept for the next time. */
export const makeReference = async (world: World, scenario: Scenario): Promise<Reference> => {
  await thereAndBack(world, scenario);
  const reference = await measure(world, scenario);
  mkdirSync(faultsFolder(), { recursive: true });
  writeFileSync(fileOf(scenario), JSON.stringify(reference));
  return reference;
};

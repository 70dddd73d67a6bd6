import { randomUUID } from "node:crypto";
import { cp, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { type ClusterConfigOptions, type Lab, type LabHost, labClusterYaml, startLab } from "../lab/index.ts";
import { type Operator, operatorOf, type Run } from "../support/operator.ts";
import { beginThere, bringWatched, ownConfig, stateThere } from "./machine.ts";

/** A lab, and somebody at work on it. */
export interface World {
  readonly id: string;
  readonly lab: Lab;
  readonly operator: Operator;
  /** The hosts on which kbs is typed, too. */
  readonly machines: readonly LabHost[];
}

/** What this bench edits in a cluster's file. */
export interface Config {
  metadata: { name: string };
  spec: { hosts: { name: string; roles?: readonly string[] }[]; kubernetes: Record<string, Record<string, unknown>> };
}

export type Edit = (config: Config) => void;

/** A command of kbs, and how the cluster's file reads when it is given. */
export interface Step {
  readonly words: readonly string[];
  readonly file?: Edit;
  /** The host on which it is typed; absent: the operator's machine. */
  readonly on?: string;
}

const hook = join(import.meta.dirname, "hook.ts");

/** The same for every lab: two runs on two labs are compared. */
const clusterName = "faults";

/** @throws Error for a name that no host has */
export const hostOf = ({ lab }: Pick<World, "lab">, name: string): LabHost => {
  const found = lab.hosts.find((host) => host.name === name);
  if (!found) throw new Error(`the lab has no ${name}`);
  return found;
};

const configOf = (lab: Lab, options: ClusterConfigOptions = {}, edit?: Edit): string => {
  const config: Config = parse(labClusterYaml(lab, options));
  config.metadata.name = clusterName;
  edit?.(config);
  return stringify(config);
};

/** What the lab's kernel needs, for a cluster that names no hosts. */
const configThere = (lab: Lab): string => configOf(lab, { spec: { hosts: undefined, ssh: undefined } });

/** @param machines names of the hosts on which kbs is typed, too */
export const newWorld = async (hosts: number, machines: readonly string[] = []): Promise<World> => {
  const lab = await startLab({ hosts });
  try {
    const there = machines.map((name) => hostOf({ lab }, name));
    await Promise.all(there.map((host) => bringWatched(host, configThere(lab))));
    return { id: randomUUID(), lab, operator: await operatorOf(lab), machines: there };
  } catch (error) {
    await lab.stop();
    throw error;
  }
};

export const leave = async (world: World | undefined): Promise<void> => {
  await world?.operator.leave();
  await world?.lab.stop();
};

/** Starts a step as its operator would, with the bench's eye in the process of kbs. */
export const begin = async (world: World, { words, file, on }: Step, env: Readonly<Record<string, string>> = {}): Promise<Run> => {
  const { lab, operator } = world;
  if (on !== undefined)
    return await beginThere(hostOf(world, on), [...words.map((word) => spelt(world, word)), "--config", ownConfig, "-o", "json"], env);
  await writeFile(join(operator.directory, "c.yaml"), configOf(lab, {}, file));
  const bundle = operator.create.slice(operator.create.indexOf("--bundle"), operator.create.indexOf("--bundle") + 2);
  return operator.start([...words.flatMap((word) => (word === "--bundle" ? bundle : [word])), "-o", "json"], {
    NODE_OPTIONS: `--import ${hook}`,
    ...env,
  });
};

/** A host's API server, where a word of a step names one so: `h1:6443`. */
const spelt = (world: World, word: string): string =>
  word.replace(/^(h\d):6443$/, (_, name: string) => `${hostOf(world, name).address}:6443`);

/** The operator's machine is gone for good: what kbs had written for them there is lost, their own files came back from a backup. */
export const forgetLocalState = async ({ operator, machines }: World): Promise<void> => {
  for (const name of await readdir(operator.directory))
    if (name !== ".ssh" && name !== "c.yaml" && name !== "tmp") await rm(join(operator.directory, name), { recursive: true });
  for (const host of machines) await rm(await stateThere(host), { recursive: true, force: true });
};

/** Keeps what kbs has kept of its runs, events among it. */
export const keepRuns = async ({ operator, machines }: World, folder: string): Promise<void> => {
  const copy = (from: string, name: string) => cp(from, join(folder, name), { recursive: true }).catch(() => undefined);
  await copy(join(operator.directory, "state"), "operator");
  for (const host of machines) await copy(await stateThere(host), host.name);
};

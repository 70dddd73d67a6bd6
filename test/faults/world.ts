import { randomUUID } from "node:crypto";
import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { type Lab, labClusterYaml, startLab } from "../lab/index.ts";
import { type Operator, operatorOf, type Run } from "../support/operator.ts";

/** A lab, and somebody at work on it. */
export interface World {
  readonly id: string;
  readonly lab: Lab;
  readonly operator: Operator;
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
}

const hook = join(import.meta.dirname, "hook.ts");

/** The same for every lab: two runs on two labs are compared. */
const clusterName = "faults";

export const newWorld = async (hosts: number): Promise<World> => {
  const lab = await startLab({ hosts });
  try {
    return { id: randomUUID(), lab, operator: await operatorOf(lab) };
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
export const begin = async ({ lab, operator }: World, { words, file }: Step, env: Readonly<Record<string, string>> = {}): Promise<Run> => {
  const config: Config = parse(labClusterYaml(lab));
  config.metadata.name = clusterName;
  file?.(config);
  await writeFile(join(operator.directory, "c.yaml"), stringify(config));
  const bundle = operator.create.slice(operator.create.indexOf("--bundle"), operator.create.indexOf("--bundle") + 2);
  const spelt = words.flatMap((word) => (word === "--bundle" ? bundle : [word]));
  return operator.start([...spelt, "-o", "json"], { NODE_OPTIONS: `--import ${hook}`, ...env });
};

/** The operator's machine is gone for good: what kbs had written for them there is lost, their own files came back from a backup. */
export const forgetLocalState = async ({ operator }: World): Promise<void> => {
  for (const name of await readdir(operator.directory))
    if (name !== ".ssh" && name !== "c.yaml" && name !== "tmp") await rm(join(operator.directory, name), { recursive: true });
};

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCluster } from "../../src/actions/apply/create.ts";
import type { ActionOutcome, FleetOptions } from "../../src/actions/options.ts";
import { preflightCluster } from "../../src/actions/preflight.ts";
import { createBus, type Sink } from "../../src/engine/events.ts";
import { type SmallBundle, writeSmallBundle } from "./bundle.ts";
import { addressOf, createFleet, type FleetWish, type SimulatedFleet } from "./fleet.ts";

/** Where simulations keep their configurations, their bundle and the kubeconfigs that they are given. */
export interface Stage {
  readonly directory: string;
  readonly bundle: SmallBundle;
  readonly leave: () => Promise<void>;
}

const kubernetes = {
  version: "v1.36.3",
  // Room for 8,192 nodes of /24.
  podSubnet: "10.128.0.0/11",
  encryptionAlgorithm: "ECDSA-P256",
} as const;

export const openStage = async (): Promise<Stage> => {
  const directory = await mkdtemp(join(tmpdir(), "kbs-simulation-"));
  const bundle = await writeSmallBundle(directory, {
    apiVersion: "kbs/v1",
    kind: "Cluster",
    metadata: { name: "sim" },
    spec: { hosts: [{ name: "cp1", address: "10.32.0.10", roles: ["control-plane"] }], kubernetes },
  });
  return { directory, bundle, leave: () => rm(directory, { recursive: true, force: true }) };
};

/** One control plane and workers: cp1, w1, w2 and so on. */
export const namesOf = (count: number): readonly string[] => Array.from({ length: count }, (_, nth) => (nth === 0 ? "cp1" : `w${nth}`));

const configOf = (names: readonly string[]): string =>
  [
    "apiVersion: kbs/v1",
    "kind: Cluster",
    "metadata: { name: sim }",
    "spec:",
    `  kubernetes: ${JSON.stringify(kubernetes)}`,
    "  hosts:",
    ...names.map((name, nth) => `    - { name: ${name}, address: ${addressOf(nth)}, roles: [${nth === 0 ? "control-plane" : "worker"}] }`),
    "",
  ].join("\n");

export interface ScenarioWish extends Omit<FleetWish, "names" | "scale" | "version"> {
  readonly hosts: number;
  /** A configuration of one's own, and the names of its hosts, the control plane first. */
  readonly own?: { readonly text: string; readonly names: readonly string[] };
  readonly keepGoing?: boolean;
  readonly concurrency?: number;
  readonly sinks?: readonly Sink[];
  readonly signal?: AbortSignal;
}

type More = Partial<FleetOptions> & { readonly sinks?: readonly Sink[] };

/** A fleet on a stage, and what an operator in front of it would type. */
export interface Scenario {
  readonly fleet: SimulatedFleet;
  readonly create: (more?: More) => Promise<ActionOutcome>;
  readonly preflight: (more?: More) => ReturnType<typeof preflightCluster>;
}

let scenarios = 0;

export const prepareScenario = async (stage: Stage, wish: ScenarioWish): Promise<Scenario> => {
  const names = wish.own?.names ?? namesOf(wish.hosts);
  const id = ++scenarios;
  const file = join(stage.directory, `${id}.yaml`);
  await writeFile(file, wish.own?.text ?? configOf(names), { mode: 0o600 });
  const fleet = createFleet({ ...wish, names, version: kubernetes.version, scale: stage.bundle.scale });
  const optionsOf = ({ sinks = [], ...more }: More = {}): FleetOptions => {
    const bus = createBus();
    for (const sink of [...(wish.sinks ?? []), ...sinks]) bus.subscribe(sink);
    return {
      file,
      limit: [],
      concurrency: wish.concurrency ?? 30,
      timeout: 24 * 3_600_000,
      keepGoing: wish.keepGoing ?? false,
      acceptNewHostKeys: false,
      bundle: stage.bundle.path,
      ignorePreflight: [],
      bus,
      signal: wish.signal ?? new AbortController().signal,
      command: "kbs create cluster",
      connect: fleet.connect,
      ...more,
    };
  };
  return {
    fleet,
    create: (more) =>
      createCluster({ ...optionsOf(more), mergeKubeconfig: false, kubeconfigFile: join(stage.directory, `${id}.kubeconfig`) }),
    preflight: (more) => preflightCluster(optionsOf(more)),
  };
};

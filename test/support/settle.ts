import { setTimeout as sleep } from "node:timers/promises";
import type { Lab, LabHost } from "../lab/index.ts";
import { until } from "../lab/process.ts";
import { type ClusterState, clusterState, notReady } from "./cluster-state.ts";
import { differences } from "./differences.ts";
import { type EndedSession, membersOf, ownUnit, processesOf } from "./host-processes.ts";
import type { Ended } from "./operator.ts";

/**
 * Milliseconds until what settles by itself has done so. The longest known: pods of a node that was deleted, which the controller manager looks for every
 * 20 s and leaves for 40 s more (podgc), on a machine that is busy.
 */
const settling = 180_000;

/** Looks for troubles again and again until there are none. Gives those of the last look. */
export const troublesThatStay = async (look: () => Promise<readonly string[]>, within = settling): Promise<readonly string[]> => {
  let troubles: readonly string[] = [];
  await until(
    async () => {
      try {
        troubles = await look();
      } catch (error) {
        troubles = [error instanceof Error ? error.message : String(error)];
      }
      return troubles.length === 0;
    },
    within,
    1000,
  );
  return troubles;
};

/** What a run that has ended may not have left on a host: a script, or a connection; also of one that was typed there, which an orphan of it comes from. */
const remainsOn = async (host: LabHost): Promise<string[]> => {
  const own = ownUnit();
  const remains = (await processesOf(host)).filter(
    ({ unit, name, argv }) =>
      (unit === own && argv.length > 0) ||
      (/^(?:ssh\.service|session-.*\.scope)$/.test(unit) && !(name === "sshd" && argv[0]?.includes("[listener]"))),
  );
  return remains.map(({ name, argv }) => `${host.name}: ${name}: ${argv.join(" ").slice(0, 100)}`);
};

/**
 * What a run has left behind, a line for each process.
 * @param group the run's process group and session
 */
export const remainsOf = async ({ hosts }: Pick<Lab, "hosts">, group: EndedSession): Promise<string[]> => [
  ...membersOf(group).map((pid) => `the operator's process ${pid}`),
  ...(await Promise.all(hosts.map(remainsOn))).flat(),
];

/** How many changes a run with `--output json` says that it has made. */
export const changesOf = ({ stdout }: Ended): number | undefined =>
  stdout
    .split("\n")
    .filter((line) => line.includes('"run-ended"'))
    .map((line): { readonly changed?: number } => JSON.parse(line))
    .at(-1)?.changed;

/** Milliseconds without any difference after which nothing more will come of a run, such as a kubelet's first lease. */
const restful = 15_000;

/** A cluster's state once all is ready and nothing moves any more. @throws Error that says what does not become ready */
export const stateAtRest = async (lab: Lab): Promise<ClusterState> => {
  const troubles = await troublesThatStay(() => notReady(lab));
  if (troubles.length > 0) throw new Error(`not ready: ${troubles.join(", ")}`);
  for (let last = await clusterState(lab); ; ) {
    await sleep(restful);
    const now = await clusterState(lab);
    if (differences(last, now).length === 0) return now;
    last = now;
  }
};

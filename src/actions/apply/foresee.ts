import type { Change } from "../../changes/change.ts";
import type { Ticket } from "../../changes/message.ts";
import { type Foreseen, foreseePhases } from "../../engine/foresee.ts";
import { type Plan, planOf } from "../../engine/plan/plan.ts";
import type { Failure } from "../../engine/run.ts";
import { type FoundFiles, fileContents } from "../../facts/file-contents.ts";
import { readFact } from "../../facts/index.ts";
import { KubeError } from "../../kube/error.ts";
import { type Context, closeLearned, firstControlPlane } from "../../phases/context.ts";
import { type Bundles, createContext } from "../context.ts";
import { clusterDoors } from "../fleet/doors.ts";
import type { FleetOptions } from "../options.ts";
import type { Survey } from "../survey.ts";
import { createPhasesOf } from "./create-phases.ts";
import { type FactsReliedOn, factsReliedOn } from "./facts-relied-on.ts";
import { inService } from "./in-service.ts";
import { lookAtNodes } from "./nodes.ts";
import { rollingGroups } from "./rolling.ts";

/** What a look at a fleet needs beside the command line. */
export interface Prepared {
  readonly found: Survey;
  readonly bundles: Bundles;
  readonly ticket: Ticket;
  /** Names of the hosts that take part. */
  readonly fit: ReadonlySet<string>;
}

export interface Foresight {
  readonly plan: Plan;
  readonly facts: FactsReliedOn;
  readonly failures: readonly Failure[];
  /** Names of hosts in service that are not known as ready nodes. */
  readonly unready: ReadonlySet<string>;
  /** With what was learned by looking. */
  readonly context: Context;
}

export interface ForeseeOptions extends Pick<FleetOptions, "bus" | "concurrency"> {
  readonly signal: AbortSignal;
  /** How many workers may be away at once. */
  readonly maxUnavailable: number;
  /** Read what differing files hold now: for diffs, and for a plan that is kept. */
  readonly contents: boolean;
}

/**
 * What an apply would do to a fleet, by the check reading of its phases: takes no lease, changes nothing.
 * @throws UserError when a host runs a later version than the file asks for
 */
export const foreseeFleet = async ({ found, bundles, ticket, fit }: Prepared, options: ForeseeOptions): Promise<Foresight> => {
  const { bus, signal, concurrency, maxUnavailable } = options;
  const context = createContext({ survey: found, bundles, ticket, fit, lost: new Set(), checking: true });
  const [first = ""] = firstControlPlane(context);
  const doors = clusterDoors(context, bundles);
  try {
    const foreseen = await foreseePhases({ phases: createPhasesOf(found), context, first, doors, ticket, bus, signal, concurrency });
    const failures = [...foreseen.failures];
    const nodes = await readyNodes(context, signal, (error) => failures.push({ phase: "compare", host: first, error }));
    const serving = inService(context, nodes);
    const contents = options.contents ? await readContents(foreseen, context, signal) : undefined;
    const { cluster, isNew, joined } = found;
    const plan = planOf({ cluster: cluster.name, file: cluster.source, isNew, foreseen, ...(contents && { contents }) });
    const members = new Map(context.hosts.map(({ name }) => [name, joined.has(name)]));
    const rolling = rollingGroups({ hosts: context.hosts, planned: plan.hosts, serving, maxUnavailable });
    const unready = new Set([...serving].filter((name) => !nodes?.has(name)));
    return { plan: { ...plan, rolling }, facts: factsReliedOn(foreseen, contents ?? new Map(), members), failures, unready, context };
  } finally {
    closeLearned(context);
  }
};

/** Names of nodes that are ready; undefined while there is no API, or it goes away while it is asked. */
const readyNodes = async (
  context: Context,
  signal: AbortSignal,
  onFailure: (error: KubeError) => void,
): Promise<ReadonlySet<string> | undefined> => {
  if (!context.learned.has("kube")) return undefined;
  try {
    return await lookAtNodes(context, signal);
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    onFailure(error);
    return undefined;
  }
};

const pathOf = (wish: Change | undefined): readonly string[] => (wish && "path" in wish && wish.kind !== "directory" ? [wish.path] : []);

/** What is at the paths that differ: one message for each host on which there are any. */
const readContents = async (
  { units }: Foreseen<Context>,
  { door }: Context,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, FoundFiles>> => {
  const found = new Map<string, FoundFiles>();
  const differing = Map.groupBy(
    units.flatMap(({ unit, seen }) => seen.map(({ wish, differs }) => ({ host: unit.host, wish, differs }))),
    ({ host }) => host,
  );
  const read = async (host: string, all: readonly { readonly wish?: Change | undefined; readonly differs: string }[]): Promise<void> => {
    const there = all.filter(({ differs }) => differs !== "" && differs !== "absent").flatMap(({ wish }) => wish ?? []);
    const [shown, hidden] = [
      there.filter((wish) => wish.kind === "file" && !wish.secret),
      there.filter((wish) => wish.kind !== "file" || wish.secret),
    ];
    const fact = fileContents(hidden.flatMap(pathOf), shown.flatMap(pathOf));
    if ([...hidden, ...shown].flatMap(pathOf).length === 0) return;
    const questions = [fact.question];
    const { records } = await door(host).send({ kind: "ask", questions }, { signal, timeout: 120_000 });
    const files = readFact(fact, questions, records);
    if (files) found.set(host, files);
  };
  await Promise.all([...differing].map(([host, all]) => read(host, all)));
  return found;
};

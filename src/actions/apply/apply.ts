import { readFile } from "node:fs/promises";
import type { Ticket } from "../../changes/message.ts";
import { toEventError } from "../../engine/events.ts";
import { isPending } from "../../engine/plan/plan.ts";
import type { Context } from "../../phases/context.ts";
import type { ExitName } from "../../shared/errors.ts";
import { sha256 } from "../../shared/sha256.ts";
import { openBundles } from "../context.ts";
import { examine, fitHosts } from "../fitness.ts";
import { arbiterFirst, withLeases } from "../fleet/lease.ts";
import { refuseOtherCluster } from "../kept/kept.ts";
import { type KubeconfigPlace, writeKubeconfig } from "../kubeconfig/write.ts";
import type { ActionOutcome, FleetOptions } from "../options.ts";
import { worstExit } from "../outcome.ts";
import { type Survey, survey } from "../survey.ts";
import { createPhasesOf } from "./create-phases.ts";
import { type Foresight, foreseeFleet, type Prepared } from "./foresee.ts";
import { isAnythingOpen } from "./open-changes.ts";
import { roll, type Turns } from "./roll.ts";
import { runOnFleet } from "./run-cluster.ts";
import { refuseOtherConfiguration, refuseStale, type SavedPlan } from "./saved-plan.ts";

interface SurveyedOptions extends FleetOptions {
  /** How many workers may be away at once. */
  readonly maxUnavailable: number;
  /** Do what this plan says, or nothing. */
  readonly saved?: { readonly path: string; readonly plan: SavedPlan };
}

export interface ApplyOptions extends SurveyedOptions, KubeconfigPlace {}

/** How a run ended. */
export interface Applied {
  readonly exit: ExitName;
  readonly changed: number;
  /** With what was learned, once there is an API and it is known who administers it. */
  readonly made?: Context;
}

/**
 * From whatever there is to what the file says. Where no cluster is yet, everything is made at once. Else it is compared first; what is as
 * wished is left alone without a lease, and members on which something restarts are changed one after another.
 * @throws UserError when a saved plan no longer holds; nothing is changed then
 */
export const applyCluster = async (options: ApplyOptions): Promise<ActionOutcome> => {
  const { saved } = options;
  if (saved) await refuseOtherConfiguration(saved.path, saved.plan);
  const { made, exit, changed } = await applySurveyed(sameCluster(await survey(options), saved?.plan), options);
  if (!made) return { exit, changed, next: [] };
  const path = await writeKubeconfig(made, options);
  return { exit, changed, next: [`export KUBECONFIG=${path}`, "kubectl get nodes"] };
};

/** The same for hosts that were surveyed already, whose connections are closed in the end. */
export const applySurveyed = async (found: Survey, options: SurveyedOptions): Promise<Applied> => {
  try {
    refuseOtherCluster(found);
    const bundles = await openBundles(found, options);
    try {
      const platforms = bundles.all.map(({ platform }) => `${platform.os}/${platform.architecture}`);
      const { fit, exit } = fitHosts(found, examine(found, platforms, options.ignorePreflight), options);
      const ticket: Ticket = { cluster: { id: found.clusterId, name: found.cluster.name }, run: found.run };
      return await applyPrepared({ found, bundles, ticket, fit }, exit, options);
    } finally {
      await Promise.all(bundles.all.map((bundle) => bundle.close()));
    }
  } finally {
    await found.fleet.close();
  }
};

/** A cluster that is yet to be made gets the id that its plan names. */
const sameCluster = (found: Survey, plan: SavedPlan | undefined): Survey =>
  plan && found.isNew && plan.cluster.isNew ? { ...found, clusterId: plan.cluster.id } : found;

const applyPrepared = async (prepared: Prepared, leftOut: ExitName, options: SurveyedOptions): Promise<Applied> => {
  const { found, fit, ticket } = prepared;
  const { saved } = options;
  const looks = !found.isNew && !saved;
  const before = looks ? await foresee(prepared, options, options.signal) : undefined;
  if (before && isDone(before) && !(await isAnythingOpen(found, fit, options))) return ended(before.context, 0, [leftOut], options);
  const hosts = arbiterFirst(found.cluster.hosts.filter(({ name }) => fit.has(name)));
  const doors = hosts.flatMap((name) => found.fleet.doors.get(name) ?? []);
  const held = saved ? { ...options, plan: await digestOf(saved.path) } : options;
  return await withLeases(doors, ticket, held, async (signal) => {
    const now = saved ? await foresee(prepared, options, signal) : before;
    if (saved && now) refuseStale(saved.path, saved.plan, { facts: now.facts, isNew: found.isNew });
    return await applyHeld(prepared, { groups: now?.plan.rolling ?? [], unready: now?.unready ?? new Set() }, leftOut, options, signal);
  });
};

/** By which the hosts' journals name a saved plan. */
const digestOf = async (path: string): Promise<string> => `sha256:${sha256(await readFile(path))}`;

/**
 * What could not be compared, in a cluster that is half made, say, is no reason not to make it: the run itself meets what is wrong.
 * @throws UserError when there is a saved plan, which nothing could be held against
 */
const foresee = async (prepared: Prepared, options: SurveyedOptions, signal: AbortSignal): Promise<Foresight> => {
  const { bus, concurrency, maxUnavailable, saved } = options;
  const foresight = await foreseeFleet(prepared, { bus, concurrency, signal, maxUnavailable, contents: saved !== undefined });
  const [failure] = foresight.failures;
  if (failure && saved) throw failure.error;
  for (const { host, error } of foresight.failures) bus.emit({ type: "warning", host, text: `could not be compared: ${error.message}` });
  return foresight;
};

const isDone = ({ plan, failures }: Foresight): boolean => !isPending(plan) && plan.waits.length === 0 && failures.length === 0;

/** Under the leases of all hosts: members one after another, then everything else at once. */
const applyHeld = async (
  prepared: Prepared,
  turns: Turns,
  leftOut: ExitName,
  options: SurveyedOptions,
  signal: AbortSignal,
): Promise<Applied> => {
  const { bus, concurrency } = options;
  const run = { bus, concurrency, signal };
  const rolled = await roll(prepared, turns, run);
  if (rolled.failure) {
    bus.emit({ type: "error", error: toEventError(rolled.failure) });
    return { exit: rolled.failure.exit, changed: rolled.changed };
  }
  const { result, context } = await runOnFleet({ ...prepared, found: rolled.found }, createPhasesOf(rolled.found), run);
  const exits = result.failures.map(({ error }) => error.exit);
  return ended(context, rolled.changed + result.changed, [leftOut, ...exits], options);
};

const ended = (context: Context, changed: number, exits: readonly ExitName[], { signal }: SurveyedOptions): Applied => {
  if (signal.aborted) return { exit: "interrupted", changed };
  const { learned } = context;
  return { exit: worstExit(exits), changed, ...(learned.has("kube") && learned.has("pki") && { made: context }) };
};

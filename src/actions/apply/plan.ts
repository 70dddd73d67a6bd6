import { resolve } from "node:path";
import type { Ticket } from "../../changes/message.ts";
import { toEventError } from "../../engine/events.ts";
import { isPending, type Plan } from "../../engine/plan/plan.ts";
import { openBundles } from "../context.ts";
import { examine, fitHosts } from "../fitness.ts";
import { refuseOtherCluster } from "../kept/kept.ts";
import type { ActionOutcome, FleetOptions } from "../options.ts";
import { worstExit } from "../outcome.ts";
import { type Survey, survey } from "../survey.ts";
import { foreseeFleet } from "./foresee.ts";
import { savePlan } from "./saved-plan.ts";

export interface PlanOptions extends FleetOptions {
  readonly maxUnavailable: number;
  /** End with "changesPending" when there are any. */
  readonly detailedExit: boolean;
  /** Save the plan to this file. */
  readonly out?: string;
}

export interface Planned {
  readonly outcome: ActionOutcome;
  readonly plan: Plan;
}

/** What an apply of the file would do, and why. Takes no lease and changes nothing. */
export const planCluster = async (options: PlanOptions): Promise<Planned> => await planSurveyed(await survey(options), options);

/** The same of hosts that were surveyed already, whose connections are closed in the end. */
export const planSurveyed = async (found: Survey, options: PlanOptions): Promise<Planned> => {
  try {
    refuseOtherCluster(found);
    const bundles = await openBundles(found, options);
    try {
      const platforms = bundles.all.map(({ platform }) => `${platform.os}/${platform.architecture}`);
      const { fit, exit: leftOut } = fitHosts(found, examine(found, platforms, options.ignorePreflight), options);
      const ticket: Ticket = { cluster: { id: found.clusterId, name: found.cluster.name }, run: found.run };
      const { plan, facts, failures } = await foreseeFleet({ found, bundles, ticket, fit }, { ...options, contents: true });
      // Of a plan there is nothing else that would say so.
      for (const { host, error } of failures) options.bus.emit({ type: "error", host, error: toEventError(error) });
      const exit = worstExit([leftOut, ...failures.map(({ error }) => error.exit)]);
      if (options.out !== undefined && failures.length === 0) {
        const { clusterId: id, cluster, isNew } = found;
        const { limit, maxUnavailable, keepGoing, ignorePreflight, bundle } = options;
        const saved = { limit, maxUnavailable, keepGoing, ignorePreflight, ...(bundle !== undefined && { bundle: resolve(bundle) }) };
        await savePlan(options.out, { cluster: { id, name: cluster.name, isNew }, options: saved, plan, facts }, options.file);
      }
      const pending = options.detailedExit && isPending(plan);
      return { outcome: { exit: worstExit([exit, pending ? "changesPending" : "done"]), changed: 0, next: [] }, plan };
    } finally {
      await Promise.all(bundles.all.map((bundle) => bundle.close()));
    }
  } finally {
    await found.fleet.close();
  }
};

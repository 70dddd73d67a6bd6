import { isControlPlane } from "../config/roles.ts";
import { errorsOf, judge } from "../preflight/judge.ts";
import { type PreflightResults, runPreflight } from "../preflight/run.ts";
import { type ExitName, UserError } from "../shared/errors.ts";
import type { FleetOptions } from "./options.ts";
import type { Survey } from "./survey.ts";

/** Asks every check of every host that was surveyed. */
export const examine = (
  survey: Pick<Survey, "cluster" | "facts" | "failures" | "clusterId">,
  platforms: readonly string[] | undefined,
  ignored: readonly string[],
): PreflightResults => {
  const { cluster, facts, failures, clusterId } = survey;
  return judge(runPreflight({ cluster, facts, failures, clusterId, ...(platforms && platforms.length > 0 && { platforms }) }), ignored);
};

/** Who takes part in a run. */
export interface Fitness {
  readonly fit: ReadonlySet<string>;
  /** With what the run ends because of hosts that were left out. */
  readonly exit: ExitName;
}

/**
 * The hosts that may take part. One that may not stops all, before the first change anywhere, unless `keepGoing` leaves it out.
 * @throws UserError exit "preflight" when a host that answered is not fit, "unreachable" when all that is wrong is silence
 */
export const fitHosts = (
  survey: Survey,
  results: PreflightResults,
  { keepGoing, bus, file }: Pick<FleetOptions, "keepGoing" | "bus" | "file">,
): Fitness => {
  bus.emit({ type: "preflight", ...results });
  const errors = errorsOf(results);
  const unfit = new Set(errors.map(({ host }) => host));
  const fit = new Set([...survey.facts.keys()].filter((name) => !unfit.has(name)));
  for (const { host, problem, remedy } of results.findings.filter(({ severity }) => severity === "warning")) {
    bus.emit({ type: "warning", host, text: `${problem} (${remedy})` });
  }
  const exit = unfit.size === 0 ? "done" : [...unfit].every((name) => survey.failures.has(name)) ? "unreachable" : "preflight";
  const first = survey.cluster.hosts.find(isControlPlane);
  if (unfit.size === 0 || (keepGoing && first && fit.has(first.name))) {
    for (const { host, problem, remedy } of errors) bus.emit({ type: "warning", host, text: `left out: ${problem} (${remedy})` });
    return { fit, exit };
  }
  throw new UserError(`${unfit.size} of ${results.hosts.length} hosts cannot take part; nothing was changed anywhere`, {
    exit,
    hint:
      file === ""
        ? "mend what is named above; --dry-run asks again without changing anything"
        : `mend what is named above${keepGoing ? "" : ", or add --keep-going to go on without these hosts"}; "kbs preflight -f ${file}" asks again without changing anything`,
  });
};

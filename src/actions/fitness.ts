import { isControlPlane } from "../config/roles.ts";
import { errorsOf, judge } from "../preflight/judge.ts";
import { type PreflightResults, runPreflight } from "../preflight/run.ts";
import { type ExitName, UserError } from "../shared/errors.ts";
import { leads } from "./leading.ts";
import type { FleetOptions } from "./options.ts";
import type { Survey } from "./survey.ts";

/** What checks are asked of. */
export type Surveyed = Pick<Survey, "cluster" | "facts" | "failures" | "clusterId" | "externalEtcd" | "etcdData" | "endpointAddresses">;

/** Asks every check of every host that was surveyed. */
export const examine = (survey: Surveyed, platforms: readonly string[] | undefined, ignored: readonly string[]): PreflightResults =>
  judge(runPreflight({ ...survey, ...(platforms && platforms.length > 0 && { platforms }) }), ignored);

/** Who takes part in a run. */
export interface Fitness {
  readonly fit: ReadonlySet<string>;
  /** With what the run ends because of hosts that were left out. */
  readonly exit: ExitName;
}

const controlPlanesOf = ({ cluster }: Survey): readonly string[] => cluster.hosts.filter(isControlPlane).map(({ name }) => name);

const stands = (survey: Survey, fit: ReadonlySet<string>): boolean =>
  controlPlanesOf(survey).some((name) => fit.has(name) && leads(survey.facts.get(name)));

/** A cluster goes on by any control plane that runs it; a new one begins on the first of the file. A worker that joins by itself knows none of them. */
const mayRun = (survey: Survey, fit: ReadonlySet<string>): boolean => {
  const [first] = controlPlanesOf(survey);
  return first === undefined ? fit.size > 0 : stands(survey, fit) || fit.has(first);
};

/** Unreachable never means gone: a cluster of which a host tells may live where nobody answers. @throws UserError exit "unreachable" */
const refuseSecondCluster = (survey: Survey, fit: ReadonlySet<string>): void => {
  const silent = controlPlanesOf(survey).filter((name) => !survey.facts.has(name));
  if (survey.isNew || silent.length === 0 || stands(survey, fit)) return;
  throw new UserError(
    `no control plane that was reached runs the cluster ${survey.cluster.name}, and ${silent.join(", ")} did not answer: it may live there; nothing was changed anywhere`,
    {
      exit: "unreachable",
      output: silent.map((name) => `${name}: ${survey.failures.get(name)?.message ?? ""}`).join("\n"),
      hint: "bring these hosts back, or take them out of the file if they are gone for good",
    },
  );
};

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
  // Other control planes are looked at only to find the one that runs the cluster.
  const chosen = [...unfit].filter((name) => survey.chosen.has(name));
  const exit = chosen.length === 0 ? "done" : chosen.every((name) => survey.failures.has(name)) ? "unreachable" : "preflight";
  refuseSecondCluster(survey, fit);
  if (mayRun(survey, fit) && (chosen.length === 0 || keepGoing)) {
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

import { errorsOf } from "../preflight/judge.ts";
import type { PreflightResults, Result } from "../preflight/run.ts";
import { UserError } from "../shared/errors.ts";
import { openBundles } from "./context.ts";
import { examine, type Surveyed } from "./fitness.ts";
import { refuseOtherCluster } from "./kept/kept.ts";
import type { ActionOutcome, FleetOptions } from "./options.ts";
import { type Survey, survey } from "./survey.ts";

/** What can be had for the hosts: platforms of the bundles that were found, and a word for each host without one. */
interface Supplied {
  readonly platforms: readonly string[];
  readonly findings: readonly Result[];
}

/** A missing bundle stops a create, but says nothing against the host: a warning. */
const missing = (host: string, { message, details }: UserError): Result => ({
  host,
  id: "bundle",
  severity: "warning",
  problem: message,
  remedy: details.hint ?? "name a bundle by --bundle or spec.supply.bundle",
  ignored: false,
  ...(details.probably !== undefined && { evidence: details.probably }),
});

/** Looks for a bundle for each architecture, and opens it: its index is verified by that. */
const lookForBundles = async ({ cluster, facts }: Surveyed, options: FleetOptions): Promise<Supplied> => {
  const platforms: string[] = [];
  const findings: Result[] = [];
  for (const [architecture, hosts] of Map.groupBy(facts, ([, { machine }]) => machine.architecture)) {
    if (architecture === undefined) continue;
    try {
      const { all } = await openBundles({ cluster, facts: new Map(hosts) }, options);
      for (const bundle of all) await bundle.close();
      platforms.push(`linux/${architecture}`);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      findings.push(...hosts.map(([host]) => missing(host, error)));
    }
  }
  return { platforms, findings };
};

const withBundles = ({ hosts, findings }: PreflightResults, { facts }: Surveyed, supplied: Supplied): PreflightResults => ({
  hosts: hosts.map((result) => {
    if (!facts.has(result.host)) return result;
    const lacks = supplied.findings.some(({ host }) => host === result.host);
    return { ...result, asked: result.asked + 1, passed: result.passed + (lacks ? 0 : 1) };
  }),
  findings: [...findings, ...supplied.findings],
});

const outcomeOf = (results: PreflightResults): ActionOutcome => {
  const errors = errorsOf(results);
  const exit = errors.length === 0 ? "done" : errors.every(({ id }) => id === "reachable") ? "unreachable" : "preflight";
  return { exit, changed: 0, next: [] };
};

interface Judged {
  readonly outcome: ActionOutcome;
  readonly results: PreflightResults;
}

/** What every check says of the hosts that were surveyed, and how that ends. */
export const judgeFleet = async (found: Surveyed & Pick<Survey, "pkiFound">, options: FleetOptions): Promise<Judged> => {
  refuseOtherCluster(found);
  const supplied = await lookForBundles(found, options);
  const platforms = supplied.findings.length === 0 ? supplied.platforms : undefined;
  const results = withBundles(examine(found, platforms, options.ignorePreflight), found, supplied);
  return { outcome: outcomeOf(results), results };
};

/** Asks every check of every host, and what a create would need beside it. Changes nothing, and takes no lease. */
export const preflightCluster = async (options: FleetOptions): Promise<Judged> => {
  const found = await survey(options);
  try {
    return await judgeFleet(found, options);
  } finally {
    await found.fleet.close();
  }
};

import { join } from "node:path";
import { asFound, type Found } from "../support/as-found.ts";
import { nameOf } from "./boundary.ts";
import { type Case, repeatOf } from "./cases.ts";
import { faults, kills } from "./faults.ts";
import { help, type Options, readOptions, wishedCases } from "./options.ts";
import { performCase, type Stage, type Verdict } from "./perform-case.ts";
import {
  bareHosts,
  faultsFolder,
  keptReference,
  lastReference,
  makeReference,
  perform,
  type Reference,
  sourcesDigest,
  thereAndBack,
} from "./reference.ts";
import { tableOf, writeReport } from "./report.ts";
import { cutIn, keep, openCases, type Result, resultOf, resultsIn } from "./results.ts";
import { machinesOf, type Scenario, scenarios } from "./scenarios.ts";
import { furnish } from "./stage.ts";
import { keepRuns, leave, newWorld, type World } from "./world.ts";

const document = join(import.meta.dirname, "../../docs/reliability.md");
const resultsFile = (): string => join(faultsFolder(), "results.jsonl");

const began = Date.now();
const seconds = (ms: number): string => (ms / 1000).toFixed(1);
const log = (line: string): void => console.log(`${seconds(Date.now() - began).padStart(7)} s  ${line}`);

/** Hosts at the end of a scenario's command, or where it begins. */
interface Prepared {
  readonly world: World;
  readonly found: Found;
}

/** New hosts on which a scenario's command can begin. */
const prepare = async (scenario: Scenario, furnished: (world: World) => Promise<void>): Promise<Prepared> => {
  const world = await newWorld(scenario.hosts, machinesOf(scenario));
  try {
    await furnished(world);
    const found = await asFound(bareHosts(world, scenario));
    for (const step of scenario.prepare) await perform(world, step);
    return { world, found };
  } catch (error) {
    await leave(world);
    throw error;
  }
};

/** The reference that was kept; else a new one, and the hosts on which it was made. */
const referenceOf = async (scenario: Scenario): Promise<{ readonly reference: Reference; readonly used?: Prepared }> => {
  const kept = keptReference(scenario);
  if (kept) return { reference: kept };
  log(`${scenario.name}: the undisturbed run`);
  const used = await prepare(scenario, () => Promise.resolve());
  try {
    const reference = await makeReference(used.world, scenario);
    const lines = Object.entries(reference.journal).map(([host, count]) => `${host} ${count}`);
    log(
      `${scenario.name}: ${reference.boundaries.length} boundaries in ${reference.took.toFixed(1)} s; lines of journals: ${lines.join(", ")}`,
    );
    return { reference, used };
  } catch (error) {
    await leave(used.world);
    throw error;
  }
};

/** Cases on the same hosts: each leaves up to three runs in a journal that keeps fifty, and the one that has made the cluster is compared, too. */
const casesOnHosts = 15;

/** Hosts for one case after the other: the same again where a scenario knows a way back and the last case went well. */
const stages = (scenario: Scenario, reference: Reference, seed: number, used?: Prepared) => {
  let kept = used;
  let furniture = "";
  let turned = false;
  let cases = 0;
  const clear = async (): Promise<void> => {
    await leave(kept?.world);
    kept = undefined;
  };
  return {
    next: async ({ fault }: Case): Promise<Stage> => {
      const { needs } = faults[fault];
      const wanted = needs === "own disk" ? needs : "";
      if (kept && scenario.back && furniture === wanted && cases < casesOnHosts) {
        cases++;
        if (scenario.bothWays) turned = !turned;
        else for (const step of scenario.back) await perform(kept.world, step);
      } else {
        await clear();
        kept = await prepare(scenario, (world) => furnish(world, faults[fault]));
        furniture = wanted;
        turned = false;
        cases = 1;
        await thereAndBack(kept.world, scenario);
      }
      const [way] = turned ? (scenario.back ?? []) : [];
      return { scenario, command: way ?? scenario.command, wished: way ? reference.origin : reference.state, seed, ...kept };
    },
    /** Keeps the events and logs of the runs that the operator's machine still has. @returns where; undefined without hosts */
    keepEvents: async (): Promise<string | undefined> => {
      if (!kept) return undefined;
      const folder = join(faultsFolder(), "failed", `${scenario.name}-${new Date().toISOString().replaceAll(/[:.]/g, "-")}`);
      await keepRuns(kept.world, folder);
      return folder;
    },
    clear,
  };
};

const tell = (one: Case, { outcome, cuts, troubles }: Verdict, took: number): void => {
  const where = cuts.map(([name, code]) => `${name} (${code ?? "killed"})`);
  const first = where.length > 4 ? `${where.slice(0, 3).join(", ")}, … ${where.length} cuts` : where.join(", ");
  log(
    `${outcome}  ${took.toFixed(0)} s  ${one.fault}  ${first || one.at.map(nameOf).slice(0, 3).join(", ")}${one.forgets ? ", local state lost" : ""}`,
  );
  if (outcome !== "failed") return;
  for (const line of troubles) console.log(`    ${line.slice(0, 4000)}`);
  console.log(`  again: ${repeatOf(one)}`);
};

interface Bench {
  readonly scenario: Scenario;
  readonly reference: Reference;
  readonly stage: ReturnType<typeof stages>;
}

/** Runs cases until there are no more, or time is up. Gives how many failed. */
const runCases = async ({ scenario, stage }: Bench, cases: readonly Case[], within: number): Promise<number> => {
  let failures = 0;
  for (const one of cases) {
    if (Date.now() - began > within) {
      log(`${scenario.name}: time is up, with ${cases.length - cases.indexOf(one)} cases left`);
      break;
    }
    const start = Date.now();
    const attempt = async (): Promise<Verdict> => performCase(await stage.next(one), one);
    const verdict = await attempt().catch(
      (error: unknown): Verdict => ({
        outcome: "failed",
        cuts: [],
        troubles: [`the bench itself: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`],
      }),
    );
    const took = (Date.now() - start) / 1000;
    keep(resultsFile(), resultOf(one, verdict, sourcesDigest(), took));
    tell(one, verdict, took);
    if (verdict.outcome !== "failed") continue;
    failures++;
    log(`its runs: ${(await stage.keepEvents()) ?? "there are none"}`);
    await stage.clear();
  }
  return failures;
};

const figures = (former: readonly (readonly string[])[] = []): string => {
  const told = scenarios.map((scenario) => {
    const boundaries = lastReference(scenario)?.boundaries.length;
    return { ...scenario, ...(boundaries !== undefined && { boundaries }) };
  });
  const titles = Object.fromEntries(Object.entries(faults).map(([name, { title }]) => [name, title]));
  const results = [...resultsIn(resultsFile()).values()];
  return tableOf(results, told, titles, former);
};

const runScenario = async (scenario: Scenario, options: Options): Promise<number> => {
  const { reference, used } = await referenceOf(scenario);
  const stage = stages(scenario, reference, options.seed, used);
  try {
    return await runWished({ scenario, reference, stage }, options);
  } finally {
    await stage.clear();
  }
};

const runWished = async ({ scenario, reference, stage }: Bench, options: Options): Promise<number> => {
  const { resume, series, fault } = options;
  const results = resume ? resultsIn(resultsFile()) : new Map<string, Result>();
  // A series ends where its runs meet no more of their boundaries; the others are dealt again.
  const cut = series > 0 ? cutIn(results, scenario.name, fault ? [fault] : kills) : new Set<string>();
  const boundaries = reference.boundaries.filter((boundary) => !cut.has(nameOf(boundary)));
  const wished = wishedCases(scenario, { boundaries }, options);
  const cases = openCases(wished, results);
  if (!options.list) {
    log(
      `${scenario.name}: ${cases.length} cases, ${wished.length - cases.length} have converged before; boundaries: ${boundaries.length} of ${reference.boundaries.length}`,
    );
    return await runCases({ scenario, reference, stage }, cases, options.within);
  }
  for (const one of cases) console.log(repeatOf(one));
  return 0;
};

const main = async (options: Options): Promise<number> => {
  if (options.help) {
    console.log(help);
    return 0;
  }
  let failures = 0;
  if (!options.report) for (const scenario of options.scenarios) failures += await runScenario(scenario, options);
  if (options.report) writeReport(document, figures);
  if (!options.list) console.log(`\n${figures()}`);
  return failures === 0 ? 0 : 1;
};

// Labs of this process are leftovers once it has ended, and removed by the next one that starts.
process.once("SIGINT", () => process.exit(130)).once("SIGTERM", () => process.exit(143));
try {
  process.exitCode = await main(readOptions(process.argv.slice(2)));
} catch (error) {
  console.error(`faults: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { labSupport } from "../test/lab/index.ts";
import { prepareLab, removeLeftovers } from "./testing/lab.ts";
import { countFiles, runProject, sum, type Tally } from "./testing/vitest.ts";

const help = `All tests of kbs, with what they need.

  npm test                          the unit tests, then those on the lab's hosts
  npm test -- FILTER…               only files whose path holds a word of these
  npm test -- -t PATTERN            only tests whose name matches
  npm run test:full -- …            also what takes hours

The tests on hosts need Linux, root and Go; what the lab lacks is built first, once: about 12 minutes on 2 cores.
The last line says how many tests passed and how many failed.`;

/** Milliseconds that each project may take in all. */
const limits: Readonly<Record<string, number>> = { unit: 20 * 60_000, cluster: 60 * 60_000, full: 12 * 60 * 60_000 };
const onHosts = ["cluster", "full"];

const started = Date.now();
const log = (line: string): void => console.log(`${((Date.now() - started) / 1000).toFixed(1).padStart(6)} s  ${line}`);
const failure: Tally = { passed: 0, failed: 1, skipped: 0 };
const none: Tally = { passed: 0, failed: 0, skipped: 0 };
const inCi = !["", "0", "false"].includes(process.env["CI"] ?? "");

class Stopped extends Error {
  readonly code: number;
  constructor(signal: string, code: number) {
    super(signal);
    this.code = code;
  }
}

const stop = new AbortController();
for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const) {
  process.on(signal, () => stop.abort(new Stopped(signal, code)));
}
// Whoever started this may be killed outright.
const parent = process.ppid;
setInterval(() => process.ppid === parent || stop.abort(new Stopped("the end of its parent", 129)), 1000).unref();

/** Builds the lab unless the run is told to stop; what is being built then ends with this process. */
const buildLab = async (): Promise<Tally> => {
  const stopped = new Promise<never>((_, reject) =>
    stop.signal.addEventListener("abort", () => reject(stop.signal.reason), { once: true }),
  );
  try {
    log("looking whether all that the lab needs is built");
    await Promise.race([prepareLab(log), stopped]);
    return none;
  } catch (error) {
    stop.signal.throwIfAborted();
    console.log(`\nthe lab cannot be built, so no test on hosts can run: ${error instanceof Error ? error.message : String(error)}\n`);
    return failure;
  }
};

const withoutLab = (why: string): Tally => {
  console.log(`\n!!! The tests on hosts are NOT run: ${why}.${inCi ? " In CI that is a failure." : ""}\n`);
  return inCi ? failure : none;
};

const runAll = async (projects: readonly string[], words: readonly string[], folder: string): Promise<Tally> => {
  const files = await countFiles(projects, words);
  const tallies: Tally[] = [];
  const run = async (project: string): Promise<void> => {
    if ((files.get(project) ?? 0) === 0) return;
    log(`the ${project} tests, ${files.get(project)} files`);
    const timeout = limits[project] ?? 0;
    tallies.push(await runProject({ project, words, report: join(folder, `${project}.json`), timeout, signal: stop.signal }));
  };
  await run("unit");
  if (onHosts.every((project) => (files.get(project) ?? 0) === 0)) return sum(tallies);
  const support = labSupport();
  const lab = support.ok ? await buildLab() : withoutLab(support.why);
  if (support.ok && lab.failed === 0) for (const project of onHosts) await run(project);
  return sum([...tallies, lab]);
};

/** Runs the tests; what they leave is removed however they end. */
const runAndTidy = async (projects: readonly string[], words: readonly string[]): Promise<Tally> => {
  const folder = await mkdtemp(join(tmpdir(), "kbs-test-"));
  try {
    return await runAll(projects, words, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
    if (labSupport().ok) await removeLeftovers(log);
  }
};

const main = async (args: readonly string[]): Promise<number> => {
  if (args.includes("--help") || args.includes("-h")) {
    console.log(help);
    return 0;
  }
  const projects = ["unit", "cluster", ...(args.includes("--full") ? ["full"] : [])];
  const words = args.filter((word) => word !== "--full");
  const { passed, failed, skipped } = await runAndTidy(projects, words);
  if (skipped > 0) console.log(`\n!!! ${skipped} tests were skipped; what kept them from running is told above.`);
  if (passed + failed === 0) console.log("\nno test ran");
  log("end");
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
};

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Stopped ? `stopped by ${error.message}` : error instanceof Error ? error.message : error);
  process.exitCode = error instanceof Stopped ? error.code : 1;
}
// What a stopped build has started ends with this process.
process.exit();

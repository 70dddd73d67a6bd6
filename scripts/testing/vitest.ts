import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** Runs vitest in a process group of its own, and counts what came of it. */

const root = join(import.meta.dirname, "../..");
const program = join(root, "node_modules/vitest/vitest.mjs");

export interface Tally {
  readonly passed: number;
  readonly failed: number;
  /** Tests that did not run. */
  readonly skipped: number;
}

/** What of vitest's JSON report counts. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly { readonly status: string }[] }[];
}

/** A file that broke outside of its tests is one failure; so is a run that ended badly without saying where. */
const tallyOf = (report: Report, code: number | null): Tally => {
  const broken = report.testResults.filter(
    ({ status, assertionResults }) => status === "failed" && assertionResults.every((result) => result.status !== "failed"),
  ).length;
  const failed = report.numFailedTests + broken;
  return {
    passed: report.numPassedTests,
    failed: code === 0 ? failed : Math.max(1, failed),
    skipped: report.numPendingTests + report.numTodoTests,
  };
};

export const sum = (tallies: readonly Tally[]): Tally => ({
  passed: tallies.reduce((all, { passed }) => all + passed, 0),
  failed: tallies.reduce((all, { failed }) => all + failed, 0),
  skipped: tallies.reduce((all, { skipped }) => all + skipped, 0),
});

/** Milliseconds without output after which a line says that all is well: a job that says nothing is taken for dead. */
const longestSilence = 30_000;

/** Passes on what a program prints, and speaks when it does not. */
const relay = (child: ChildProcess, what: string): (() => void) => {
  const began = Date.now();
  let last = began;
  const pass = (to: NodeJS.WriteStream) => (chunk: Buffer) => {
    last = Date.now();
    to.write(chunk);
  };
  child.stdout?.on("data", pass(process.stdout));
  child.stderr?.on("data", pass(process.stderr));
  const beat = setInterval(() => {
    if (Date.now() - last < longestSilence) return;
    last = Date.now();
    console.log(`… ${what} have been running for ${Math.round((last - began) / 1000)} s`);
  }, 1000);
  return () => clearInterval(beat);
};

/** Ends a whole process group, at first politely. */
const endGroup = async (child: ChildProcess): Promise<void> => {
  const { pid } = child;
  if (pid === undefined) return;
  const signal = (name: NodeJS.Signals): void => {
    try {
      process.kill(-pid, name);
    } catch {
      // Nothing of it is left.
    }
  };
  signal("SIGTERM");
  const ended = child.exitCode !== null || child.signalCode !== null;
  if (!ended) await Promise.race([once(child, "close"), new Promise((resolve) => setTimeout(resolve, 10_000))]);
  signal("SIGKILL");
};

export interface Run {
  readonly project: string;
  /** Words of the command line that go through to vitest. */
  readonly words: readonly string[];
  /** Where the JSON report goes. */
  readonly report: string;
  /** Milliseconds. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

/**
 * Runs the tests of one project. Nothing of it is left running when this returns.
 * @throws the signal's reason when it is aborted
 */
export const runProject = async ({ project, words, report, timeout, signal }: Run): Promise<Tally> => {
  signal.throwIfAborted();
  const terminal = process.stdout.isTTY;
  // Of a file that takes minutes, each test is told when it ends.
  const reporters = [`--reporter=${project === "unit" ? "default" : "verbose"}`, "--reporter=json", `--outputFile.json=${report}`];
  const child = spawn(process.execPath, [program, "run", "--project", project, "--passWithNoTests", ...reporters, ...words], {
    cwd: root,
    detached: true,
    stdio: ["ignore", terminal ? "inherit" : "pipe", terminal ? "inherit" : "pipe"],
    ...(terminal ? {} : { env: { ...process.env, NO_COLOR: "1" } }),
  });
  const quiet = relay(child, `the ${project} tests`);
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeout)]);
  const stop = (): void => void endGroup(child);
  limit.addEventListener("abort", stop, { once: true });
  try {
    await once(child, "close");
    signal.throwIfAborted();
    if (limit.aborted) console.log(`the ${project} tests did not end within ${timeout / 60_000} minutes`);
    const found: Report = JSON.parse(await readFile(report, "utf8"));
    return tallyOf(found, child.exitCode);
  } catch (error) {
    signal.throwIfAborted();
    console.log(`the ${project} tests left no report: ${error instanceof Error ? error.message : String(error)}`);
    return { passed: 0, failed: 1, skipped: 0 };
  } finally {
    limit.removeEventListener("abort", stop);
    quiet();
    await endGroup(child);
  }
};

/** How many test files of each project the words of the command line choose. */
export const countFiles = async (projects: readonly string[], words: readonly string[]): Promise<ReadonlyMap<string, number>> => {
  const chosen = projects.flatMap((project) => ["--project", project]);
  const child = spawn(process.execPath, [program, "list", "--filesOnly", "--json", ...chosen, ...words], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
    timeout: 120_000,
  });
  const [printed, [code]] = await Promise.all([child.stdout.setEncoding("utf8").toArray(), once(child, "close")]);
  if (code !== 0) throw new Error(`vitest cannot list the tests of ${["npm test --", ...words].join(" ")}`);
  const files: readonly { readonly projectName: string }[] = JSON.parse(printed.join(""));
  return new Map(projects.map((project) => [project, files.filter(({ projectName }) => projectName === project).length]));
};

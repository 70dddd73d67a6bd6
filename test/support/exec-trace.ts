import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { cached } from "../lab/cache.ts";
import { command } from "../lab/command.ts";
import { ensureTools } from "../lab/tools.ts";

/** A program that was executed. */
export interface Execution {
  /** As this machine numbers it. */
  readonly pid: number;
  readonly argv: readonly string[];
}

/** A trace of every execution of some processes and all that come of them. */
export interface Trace {
  readonly executions: () => Promise<Execution[]>;
  /** Lets them go. */
  readonly stop: () => Promise<void>;
}

const source = join(import.meta.dirname, "exec-trace");
const quiet = (): void => undefined;

const tracer = async (): Promise<string> => {
  await ensureTools(["go"], quiet);
  const inputs = {
    arch: process.arch,
    files: await Promise.all(["go.mod", "main.go"].map((name) => readFile(join(source, name), "utf8"))),
  };
  const directory = await cached("exec-trace", inputs, quiet, async (half) => {
    const env = { CGO_ENABLED: "0", GOFLAGS: "", GOWORK: "off" };
    await command("go", ["build", "-trimpath", "-buildvcs=false", "-o", join(half, "exec-trace"), "."], {
      cwd: source,
      env,
      timeout: 10 * 60_000,
    });
  });
  return join(directory, "exec-trace");
};

/**
 * Holds these processes and all their descendants from when it resolves, until it is stopped: nothing is sampled.
 * @param file where the executions are written, one JSON line each
 * @throws Error when one of them cannot be traced
 */
export const traceExecutions = async (file: string, pids: readonly number[]): Promise<Trace> => {
  const child = spawn(await tracer(), [file, ...pids.map(String)], { stdio: ["pipe", "pipe", "pipe"] });
  let trouble = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (trouble += text));
  const ended = once(child, "exit");
  await Promise.race([once(child.stdout, "data"), ended]);
  if (child.exitCode !== null) throw new Error(`the trace did not begin: ${trouble}`);
  return {
    executions: async () => {
      const lines = (await readFile(file, "utf8")).split("\n");
      return lines.slice(0, -1).map((line): Execution => JSON.parse(line));
    },
    stop: async () => {
      child.stdin.end();
      await ended;
    },
  };
};

import { type ChildProcess, spawn } from "node:child_process";
import { open } from "node:fs/promises";

/** What a command left: its exit code (an end by a signal is an error) and what it printed. */
export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  /** After so many milliseconds the whole process group is killed and the command fails. */
  readonly timeout: number;
  readonly cwd?: string;
  /** Variables beside those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** A file that the command reads as its stdin, in place of `input`. */
  readonly inputFile?: string;
  /** Called with each line that the command prints on stderr, as it comes. */
  readonly onLine?: (line: string) => void;
}

/** The last lines of a text, for an error. */
export const lastLines = (text: string, count = 20): string => text.trimEnd().split("\n").slice(-count).join("\n");

// A command has a process group of its own, so that its time limit ends its children too; Ctrl-C must then be passed on by hand.
const running = new Set<number>();
const killGroup = (pid: number): void => {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended already.
  }
};
process.on("exit", () => running.forEach(killGroup));

/** Gathers what a child prints, and tells its lines on stderr as they come. */
const collectOutput = (child: ChildProcess, onLine: (line: string) => void): { stdout: string; stderr: string } => {
  const collected = { stdout: "", stderr: "" };
  let partial = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (collected.stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    collected.stderr += text;
    const lines = (partial + text).split("\n");
    partial = lines.pop() ?? "";
    lines.forEach(onLine);
  });
  return collected;
};

const ended = (child: ChildProcess): Promise<{ code: number | null; signal: string | null }> =>
  new Promise((resolve, reject) => {
    child.once("error", reject).once("close", (code, signal) => resolve({ code, signal }));
  });

const shown = (program: string, words: readonly string[]): string => [program, ...words].join(" ").slice(0, 200);

/**
 * Runs a program and waits for its end.
 * @throws Error when it cannot be started, is ended by a signal, or does not end within `timeout` ms.
 */
export const tryCommand = async (program: string, words: readonly string[], options: CommandOptions): Promise<Output> => {
  const { cwd, timeout, input = "", inputFile, onLine = () => undefined } = options;
  const file = inputFile === undefined ? undefined : await open(inputFile);
  const env = { ...process.env, ...options.env };
  const child = spawn(program, words, { cwd, env, detached: true, stdio: [file ? file.fd : "pipe", "pipe", "pipe"] });
  const { pid } = child;
  if (pid !== undefined) running.add(pid);
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    if (pid !== undefined) killGroup(pid);
  }, timeout);
  const output = collectOutput(child, onLine);
  // A program that ends before it read its input is judged by its exit code.
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(input);
  try {
    const { code, signal } = await ended(child);
    if (timedOut) throw new Error(`${shown(program, words)}\ndid not end within ${timeout / 1000} s\n${lastLines(output.stderr)}`);
    if (code === null) throw new Error(`${shown(program, words)}\nwas ended by ${signal ?? "a signal"}\n${lastLines(output.stderr)}`);
    return { code, ...output };
  } finally {
    clearTimeout(timer);
    await file?.close();
    if (pid !== undefined) running.delete(pid);
  }
};

/**
 * Runs a program that must succeed, and gives what it printed on stdout.
 * @throws Error with its last lines when it fails or does not end in time.
 */
export const command = async (program: string, words: readonly string[], options: CommandOptions): Promise<string> => {
  const { code, stdout, stderr } = await tryCommand(program, words, options);
  if (code !== 0) throw new Error(`${shown(program, words)}\nended with code ${code}\n${lastLines(stderr || stdout)}`);
  return stdout;
};

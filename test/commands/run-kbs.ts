import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import type { ReadStream, WriteStream } from "node:tty";
import { runCli } from "../../src/commands/cli.ts";

export interface KbsRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface KbsOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Stands in for standard output. */
  readonly print?: (text: string) => void;
}

/** A folder for one test, away when it ends. */
export const withFolder = async <T>(work: (folder: string) => Promise<T>): Promise<T> => {
  const folder = mkdtempSync(join(tmpdir(), "kbs-cli-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** A stream that is no terminal and remembers what was written to it. */
const notebook = (): { readonly stream: WriteStream; readonly text: () => string } => {
  const stream = new PassThrough();
  const chunks: string[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk.toString()));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what commands use of a terminal's stream, any stream has
  return { stream: stream as unknown as WriteStream, text: () => chunks.join("") };
};

/** kbs inside the test: its arguments, an environment of its own, what it printed. Nothing of it is on a terminal. */
export const runKbs = async (line: readonly string[], { cwd = tmpdir(), env = {}, signal, print }: KbsOptions = {}): Promise<KbsRun> => {
  const [stdout, stderr] = [notebook(), notebook()];
  const stdin = new PassThrough();
  stdin.end();
  const code = await runCli({
    argv: line,
    env: { HOME: cwd, ...env },
    cwd,
    pid: 4711,
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
    stdin: stdin as unknown as ReadStream,
    stdout: print === undefined ? stdout.stream : { write: print },
    stderr: stderr.stream,
    signal: signal ?? new AbortController().signal,
  });
  return { code, stdout: stdout.text(), stderr: stderr.text() };
};

#!/usr/bin/env node
import { writeSync } from "node:fs";
import process from "node:process";
import { runCli } from "./commands/cli.ts";
import { titleOf } from "./commands/process-title.ts";
import { createStop } from "./commands/stop.ts";
import { declineNode } from "./commands/version-text.ts";
import { exitCodes } from "./shared/errors.ts";

const { argv, env, pid, stdin, stdout, stderr, versions } = process;

/** Where kbs was typed; undefined when that folder was removed since. */
const workingFolder = (): string | undefined => {
  try {
    return process.cwd();
  } catch {
    return undefined;
  }
};

// Before all else: until here the list of processes shows what was typed.
const title = titleOf(argv.slice(2));
if (title !== undefined) process.title = title;

const declined = declineNode(versions.node);
if (declined !== undefined) {
  stderr.write(`error: ${declined}\n`);
  process.exit(exitCodes.usage);
}

const cwd = workingFolder();
if (cwd === undefined) {
  stderr.write("error: the working directory is not there any more\n  next:     cd to one that is\n");
  process.exit(exitCodes.usage);
}

const controller = new AbortController();
const stop = createStop(controller, {
  write: (text) => void writeSync(stderr.fd, text),
  exit: (code) => process.exit(code),
  isTerminal: stderr.isTTY,
});
process.on("SIGINT", stop);
process.on("SIGTERM", stop);
// The reader of a pipe may leave (`kbs status | head`); what is left to say then goes nowhere. A disk that does not take an answer is told.
const ofDisks: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT", "EFBIG", "EIO"]);
let unwritten: string | undefined;
stdout.on("error", ({ code = "" }: NodeJS.ErrnoException) => {
  if (ofDisks.has(code)) unwritten = code;
});
stderr.on("error", () => undefined);

const { signal } = controller;
const main = async (): Promise<never> => {
  const code = await runCli({ argv: argv.slice(2), env, cwd, pid, stdin, stdout, stderr, signal });
  // Also the answer if what stands in stdout is never taken.
  process.exitCode = code;
  await new Promise<void>((done) => stdout.write("", () => done()));
  if (unwritten === undefined) process.exit(code);
  stderr.write(`error: standard output could not be written (${unwritten})\n`);
  process.exit(code === exitCodes.done ? exitCodes.phase : code);
};
// Not awaited: in an executable of its own kbs is a CommonJS module, which cannot wait at its top.
void main();

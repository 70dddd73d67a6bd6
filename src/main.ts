#!/usr/bin/env node
import { writeSync } from "node:fs";
import process from "node:process";
import { runCli } from "./commands/cli.ts";
import { interrupted } from "./commands/prompt.ts";
import { declineNode } from "./commands/version-text.ts";
import { exitCodes } from "./shared/errors.ts";

const declined = declineNode(process.versions.node);
if (declined !== undefined) {
  process.stderr.write(`error: ${declined}\n`);
  process.exit(exitCodes.usage);
}

const controller = new AbortController();

/** The first time asks the run to end well. The second time leaves at once: written past every buffer, since nothing is left to empty them. */
const stop = (): void => {
  if (!controller.signal.aborted) return controller.abort(interrupted());
  const showCursor = process.stderr.isTTY ? "\u001B[?25h" : "";
  writeSync(
    process.stderr.fd,
    `${showCursor}\nleft at once: a change may be half done. Run the same command again; it finishes what was begun\n`,
  );
  process.exit(exitCodes.interrupted);
};
process.on("SIGINT", stop);
process.on("SIGTERM", stop);
// The reader of a pipe may leave (`kbs status | head`); what is left to say then goes nowhere.
process.stdout.on("error", () => undefined);

const code = await runCli({
  argv: process.argv.slice(2),
  env: process.env,
  cwd: process.cwd(),
  pid: process.pid,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  signal: controller.signal,
});
await new Promise<void>((done) => process.stdout.write("", () => done()));
process.exit(code);

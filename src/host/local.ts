import { userInfo } from "node:os";
import { execa } from "execa";
import { UserError } from "../shared/errors.ts";
import { isRoot } from "../shared/is-root.ts";
import { type Counts, type Ended, type Launch, noCounts, type Process } from "./process.ts";
import { type RootAccess, startRootShell } from "./root-shell.ts";
import { drained, readingFrom, writingTo } from "./streams.ts";
import { openTcp } from "./tcp.ts";
import type { Transport } from "./transport.ts";

/** Milliseconds until a connection from here must be there. */
const dialTimeout = 30_000;

/**
 * Runs a script in a process group of its own, so that a Ctrl-C at the terminal reaches kbs alone, which ends the script in good order.
 * Nothing is buffered, and kbs does not wait for a process that was abandoned.
 */
const launchWith =
  (name: string, counts: Counts): Launch =>
  async (script) => {
    const child = execa("/bin/sh", ["-c", script], { detached: true, buffer: false, reject: false, cleanup: false, stdin: "pipe" });
    counts.channels++;
    child.stdin.on("error", () => undefined); // the shell ended early: the write that failed says so
    const stdin = writingTo(child.stdin, (bytes) => (counts.bytesSent += bytes));
    const stdout = readingFrom(child.stdout, (bytes) => (counts.bytesReceived += bytes));
    const stderr = readingFrom(child.stderr, (bytes) => (counts.bytesReceived += bytes));
    const waitForEnd = async (): Promise<Ended> => {
      const { exitCode, signal, shortMessage } = await child;
      if (exitCode === undefined && signal === undefined) {
        throw new UserError(`no shell could be started on ${name}: ${shortMessage}`, { exit: "unreachable", host: name });
      }
      await drained(stderr);
      return { code: exitCode ?? null, signal: signal ?? null };
    };
    const ended = waitForEnd();
    ended.catch(() => undefined); // whoever awaits it hears of it
    const abandon = (): void => {
      for (const stream of [stdin, stdout, stderr, child.stdin, child.stdout, child.stderr]) stream.destroy();
      child.nodeChildProcess.unref();
    };
    return { stdin, stdout, stderr, ended, abandon } satisfies Process;
  };

/** What a person must give on this machine when kbs does not run as root. */
export interface LocalOptions {
  /** Asked for once, when sudo asks. Absent: sudo must need none. */
  readonly sudoPassword?: () => Promise<string>;
}

/** This machine, as a transport: no SSH, root by the same ways. */
export const connectLocal = (name: string, options: LocalOptions = {}): Transport => {
  const counts = noCounts();
  const access: RootAccess = {
    host: name,
    user: userInfo().username,
    password: options.sudoPassword,
    launch: launchWith(name, counts),
    memory: isRoot() ? { isRoot: true } : {},
  };
  return {
    name,
    counts,
    start: (loader, how) => startRootShell(access, loader, how),
    async dial(address, port, { signal } = {}) {
      counts.channels++;
      try {
        return await openTcp(address, port, dialTimeout, signal);
      } catch (error) {
        signal?.throwIfAborted();
        const why = error instanceof Error && error.name !== "TimeoutError" ? error.message : `no answer within ${dialTimeout / 1000} s`;
        throw new UserError(`${name} cannot connect to ${address} port ${port}: ${why}`, {
          exit: "unreachable",
          host: name,
          hint: "does anything listen there?",
          cause: error,
        });
      }
    },
    close: async () => undefined,
  };
};

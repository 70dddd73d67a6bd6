import type { Readable, Writable } from "node:stream";

/** How a process ended. After a signal the code is null: never a success. */
export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
}

/** A process, here or on a host, without a terminal. */
export interface Process {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Resolves when it has ended and its output was read; rejects with a UserError when the connection broke before. */
  readonly ended: Promise<Ended>;
  /** Closes this side at once. The process itself may live on. */
  readonly abandon: () => void;
}

export interface LaunchOptions {
  readonly signal?: AbortSignal | undefined;
  /** It goes on for as long as its run, or what it was opened for: nobody can wait for its end. */
  readonly lasts?: boolean | undefined;
}

/** Runs a one-line POSIX script by `/bin/sh`, as the user who is logged in. */
export type Launch = (script: string, options?: LaunchOptions) => Promise<Process>;

/** What was opened and moved, counted up by whoever does it. */
export interface Counts {
  channels: number;
  bytesSent: number;
  bytesReceived: number;
}

export const noCounts = (): Counts => ({ channels: 0, bytesSent: 0, bytesReceived: 0 });

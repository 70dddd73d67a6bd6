import type { Duplex, Readable, Writable } from "node:stream";
import type { LaunchOptions } from "./process.ts";

/** How bytes get to a root shell of a host: over SSH, or by a child process of this machine. */
export interface Transport {
  readonly name: string;

  /**
   * Starts `/bin/sh -c <loader>` as root, with sudo or doas where the login is not root. `loader` is constant text: it never holds a value or secret.
   * Resolves once the shell may be written to: a sudo password was asked for and accepted, if there was to be one.
   * @throws UserError exit "unreachable": the connection, the log-in or sudo refused, with what to do.
   */
  start(loader: string, options?: LaunchOptions): Promise<RootShell>;

  /** A TCP connection from that host. */
  dial(address: string, port: number, options?: { readonly signal?: AbortSignal }): Promise<Duplex>;

  /** Counts what was opened, for the figures of a run. */
  readonly counts: { readonly channels: number; readonly bytesSent: number; readonly bytesReceived: number };

  /** Aborts when more shells at once were wanted than the host gives. Absent where it gives as many as are wanted. */
  readonly crowded?: AbortSignal;

  close(): Promise<void>;
}

/** A running root shell. Nothing is said about pty: there is none. */
export interface RootShell {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** The last 4 KiB of stderr so far, without sudo's own markers. */
  stderrTail(): string;
  /** Resolves when the shell has ended and its output was read; rejects with a UserError when the connection broke before. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  /** Closes this side at once; what runs there must be ended by its process group. */
  abandon(): void;
}

import type { Host } from "../changes/host.ts";
import type { ClusterHost } from "../config/types.ts";
import type { Bus } from "../engine/events.ts";
import type { ExitName } from "../shared/errors.ts";

/** A host that was reached, and what its connection carries: channels that were opened, bytes that went through them. */
export interface Connected {
  readonly host: Host;
  readonly counts: { readonly channels: number; readonly bytesSent: number; readonly bytesReceived: number };
}

/** What every action on a fleet takes from the command line. */
export interface FleetOptions {
  /** Path of the configuration, or `-` for standard input. */
  readonly file: string;
  /** Names of the hosts to touch; all when empty. */
  readonly limit: readonly string[];
  /** How many hosts are worked on at once. */
  readonly concurrency: number;
  /** Milliseconds for the whole run. */
  readonly timeout: number;
  /** Go on with the other hosts when one is not fit, or fails. */
  readonly keepGoing: boolean;
  readonly acceptNewHostKeys: boolean;
  readonly bundle?: string;
  /** Ids of preflight checks whose errors are accepted, or "all". */
  readonly ignorePreflight: readonly string[];
  readonly bus: Bus;
  readonly signal: AbortSignal;
  /** Asks a person on the terminal; absent where there is none. A secret is not echoed. */
  readonly prompt?: (question: string, options?: { readonly secret?: boolean }) => Promise<string>;
  /** How a host is reached; by SSH, or as this machine, unless told otherwise. Simulated fleets are reached by their own way. */
  readonly connect?: (host: ClusterHost, options: FleetOptions) => Promise<Connected>;
  /** The command as typed, for locks and logs: no secret can be in it. */
  readonly command: string;
}

/** How an action ended. Errors of single hosts have been told as events by then. */
export interface ActionOutcome {
  readonly exit: ExitName;
  readonly changed: number;
  /** What to type next, a line each. */
  readonly next: readonly string[];
}

import type { Duplex } from "node:stream";
import type { Message, Record, Reply, Ticket } from "./message.ts";

/** A host, seen through its one door. This machine, a machine behind SSH, a fake and a simulated one all answer alike. */
export interface Host {
  readonly name: string;

  /**
   * Sends a message and resolves with its records.
   * @throws UserError exit "unreachable" when the connection breaks, "locked" when another run holds the host, "phase" when the time limit passes.
   */
  send(message: Message, options?: SendOptions): Promise<Reply>;

  /**
   * Takes the host's lease for a run and keeps it until released or lost; never waits for another holder.
   * @throws UserError exit "locked", which says whose it is.
   */
  hold(ticket: Ticket, owner: Owner, options?: { readonly signal?: AbortSignal }): Promise<Lease>;

  /** A TCP connection from there, to an address as seen from there. */
  dial(address: string, port: number, options?: { readonly signal?: AbortSignal }): Promise<Duplex>;

  /** Aborts when more messages at once were wanted than the host takes: one that only waits ends then, for the others. Absent where there is no such bound. */
  readonly crowded?: AbortSignal;

  close(): Promise<void>;
}

export interface SendOptions {
  /**
   * Ends a message that only reads, or brings content, at once. One that changes the host is ended at once, too, unless the lease of its run
   * was told to stop: then the change in flight is finished first, if that does not take too long.
   */
  readonly signal?: AbortSignal;
  /** Milliseconds for the whole message once the host takes it; default 10 minutes. */
  readonly timeout?: number;
  /** Called as records arrive. */
  readonly onRecord?: (record: Record) => void;
  /** Called with the count of content bytes sent so far. */
  readonly onBytes?: (sent: number) => void;
}

/** Who holds a host, for the other operator's eyes, and for the journal. */
export interface Owner {
  readonly user: string;
  readonly machine: string;
  readonly pid: number;
  /** As typed; no secret can be in it. */
  readonly command: string;
  /** Version of kbs. */
  readonly version?: string;
  /** `sha256:<hex>` of the saved plan that is carried out. */
  readonly plan?: string;
}

/** How a run ended on a host, as its journal keeps it. */
export type RunEnd = "done" | "failed" | "interrupted";

export interface Lease {
  /** Tells the host to begin no further change of this run: the change in flight is finished, then its messages end. */
  stop(): void;
  /** Gives the host back. Without a word on how the run ended, the journal keeps it as one that was cut off. */
  release(end?: RunEnd): Promise<void>;
  /** Resolves, with the reason, if the lease is lost before it was released. */
  readonly lost: Promise<string>;
}

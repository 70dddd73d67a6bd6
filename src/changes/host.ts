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

  close(): Promise<void>;
}

export interface SendOptions {
  readonly signal?: AbortSignal;
  /** Milliseconds for the whole message; default 10 minutes. */
  readonly timeout?: number;
  /** Called as records arrive. */
  readonly onRecord?: (record: Record) => void;
  /** Called with the count of content bytes sent so far. */
  readonly onBytes?: (sent: number) => void;
}

/** Who holds a host, for the other operator's eyes. */
export interface Owner {
  readonly user: string;
  readonly machine: string;
  readonly pid: number;
  readonly command: string;
}

export interface Lease {
  release(): Promise<void>;
  /** Resolves, with the reason, if the lease is lost before it was released. */
  readonly lost: Promise<string>;
}

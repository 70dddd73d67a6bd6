import type { BlobRef, HostChange } from "./change.ts";

/** Who sends: proves on the host that this run still holds the lease there. */
export interface Ticket {
  readonly cluster: { readonly id: string; readonly name: string };
  readonly run: string;
}

/** A question about a host: a script that only reads. */
export interface Question {
  readonly id: string;
  readonly script: string;
  /** Its answer holds keys or tokens: never logged. */
  readonly secret?: boolean;
  /** Seconds; default 20. */
  readonly within?: number;
}

export type Lane = "main" | "images";

/** Asks; takes no lock and changes nothing. */
export interface AskMessage {
  readonly kind: "ask";
  readonly questions: readonly Question[];
}

/** Compares (check) or makes it so (apply), in order; the first failure ends the list. */
export interface ChangeMessage {
  readonly kind: "change";
  readonly reading: "check" | "apply";
  readonly ticket: Ticket;
  readonly changes: readonly HostChange[];
  /** Messages of one lane exclude each other on a host; importing images may take long and has a lane of its own. */
  readonly lane?: Lane;
  /** Check reading, under the lease: notes in the journal that what an earlier run has begun, and is as wished by now, is done. */
  readonly closes?: boolean;
}

/** Stages blobs on the host, each continued from where an earlier attempt stopped, each verified there. */
export interface BlobMessage {
  readonly kind: "blobs";
  readonly ticket: Ticket;
  readonly blobs: readonly BlobRef[];
  /** Bytes of a blob from an offset on. */
  readonly read: (blob: BlobRef, offset: number) => AsyncIterable<Uint8Array>;
}

/** One script, with an input stream if it wants one. For acts. */
export interface RunMessage {
  readonly kind: "run";
  readonly script: string;
  readonly input?: Buffer | AsyncIterable<Uint8Array>;
  /** Keep the output out of every log. */
  readonly secret?: boolean;
  /** Absent for scripts that only read. */
  readonly ticket?: Ticket;
}

export type Message = AskMessage | ChangeMessage | BlobMessage | RunMessage;

/** What became of one change. */
export type RecordState =
  /** Already as wished. */
  | "same"
  /** Check reading: not as wished. */
  | "differs"
  /** Apply reading: was not, is now. */
  | "changed"
  | "failed"
  /** A question's or script's answer. */
  | "answer";

/** One record per change, question or script, in order. After a failure there are no further ones. */
export interface Record {
  /** Index into the message's list. */
  readonly index: number;
  readonly state: RecordState;
  /** Exit code of the question, script or failed step; 0 otherwise. 124: its time limit passed. */
  readonly code: number;
  /** What it printed, or what differs. Of a failure: its last 8 KiB. */
  readonly output: Buffer;
}

export interface Reply {
  readonly records: readonly Record[];
}

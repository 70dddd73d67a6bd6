import type { Change, HostChange } from "../changes/change.ts";
import type { Lane, Ticket } from "../changes/message.ts";
import type { Phase } from "../changes/phase.ts";
import type { Doors } from "./doors.ts";
import type { Bus } from "./events.ts";
import type { LaneQueue } from "./lane.ts";
import type { Staging } from "./staging.ts";

export interface RunInput<Context> {
  readonly phases: readonly Phase<Context>[];
  readonly context: Context;
  /** The host that phases mean by "first". */
  readonly first: string;
  /** Hosts whose content is sent before that of the others, one after another behind the first: all wait for them, and they for each other. */
  readonly ahead?: readonly string[];
  readonly doors: Doors;
  readonly ticket: Ticket;
  readonly bus: Bus;
  readonly signal: AbortSignal;
  /** How many hosts are worked on at once. */
  readonly concurrency: number;
  /** Told as soon as a host is lost to the run. */
  readonly onLost?: (host: string) => void;
}

/** What one unit needs to be performed. */
export interface Bench<Context> {
  readonly input: RunInput<Context>;
  readonly lane: (host: string, lane: Lane) => LaneQueue;
  readonly staging: (host: string) => Staging;
  /** Changes of early units that the first look found missing; absent when the unit was not looked at. */
  readonly seen: ReadonlyMap<string, EarlyLook>;
}

export interface EarlyLook {
  readonly changes: readonly Change[];
  readonly allSame: boolean;
}

/** Those changes of a wish that travel to the host. */
export const hostChanges = (changes: readonly Change[]): readonly HostChange[] => changes.filter((change) => change.kind !== "object");

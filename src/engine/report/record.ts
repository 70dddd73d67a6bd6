import type { Need } from "../../changes/phase.ts";
import type { PreflightResults } from "../../preflight/run.ts";
import type { EventError, HostMachine, TimedEvent, UnitState } from "../events.ts";
import type { VersionLine } from "./read-events.ts";

/** All times of a record are milliseconds since the run began. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

export interface WaitRecord extends Interval {
  readonly reason: string;
  /** For content under way to the host. */
  readonly content: boolean;
}

/** One phase on one host. */
export interface UnitRecord extends Interval {
  readonly phase: string;
  readonly host: string;
  /** "running": it had no end when the events did. */
  readonly state: UnitState | "running";
  /** Whether it was begun at all. */
  readonly begun: boolean;
  readonly changed: number;
  readonly reason?: string;
  readonly error?: EventError;
  readonly waits: readonly WaitRecord[];
  /** A run that rolls over members goes through its phases once for each. From 1 on. */
  readonly round: number;
}

export interface ChangeRecord {
  readonly phase: string;
  readonly change: string;
  readonly state: "changed" | "differs" | "failed";
  readonly detail?: string;
}

export interface Sent extends Interval {
  readonly bytes: number;
}

export interface Connection {
  readonly channels: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
}

export interface HostRecord {
  readonly name: string;
  machine?: HostMachine;
  readonly units: UnitRecord[];
  readonly changes: ChangeRecord[];
  /** How many changes found all as wished. */
  same: number;
  /** Content that was sent, by the stretches of time in which it was. */
  readonly sent: Sent[];
  readonly warnings: string[];
  connection?: Connection;
  /** Why it was out of the run, where no unit says so. */
  failure?: EventError;
}

export interface PhaseRecord {
  readonly id: string;
  readonly title: string;
  /** Absent in events of version 1.0, and of what is done outside the graph of phases. */
  readonly needs?: readonly Need[];
  readonly first?: string;
}

type Of<Type extends TimedEvent["type"]> = TimedEvent & { readonly type: Type };

/** All that the events of a run say, put in order. */
export interface RunRecord {
  readonly version: VersionLine;
  /** Milliseconds since the epoch. */
  readonly began: number;
  readonly started?: Of<"run-started">;
  readonly phases: ReadonlyMap<string, PhaseRecord>;
  /** In the configuration's order. */
  readonly hosts: ReadonlyMap<string, HostRecord>;
  readonly bundles: readonly Of<"bundle">[];
  /** Those of no single host. */
  readonly warnings: readonly string[];
  readonly errors: readonly { readonly host?: string; readonly error: EventError }[];
  readonly preflight?: PreflightResults;
  /** Absent when the run was killed, or goes on. */
  readonly ended?: Of<"run-ended">;
  /** Of the last event. */
  readonly at: number;
}

import type { RecordState } from "../changes/message.ts";
import type { ExitName } from "../shared/errors.ts";

/** Version of the events' schema: the first number changes when a reader of old events would misread new ones. */
export const eventsVersion = "1.0";

export type UnitState = "done" | "failed" | "skipped" | "cancelled";

/** What happens in a run, for every way of telling it: terminal, pipe, JSON, log. No event holds a secret. */
export type RunEvent =
  | {
      readonly type: "run-started";
      readonly run: string;
      readonly command: string;
      readonly cluster: string;
      readonly hosts: readonly string[];
    }
  | { readonly type: "phase-planned"; readonly phase: string; readonly title: string; readonly hosts: readonly string[] }
  | { readonly type: "unit-started"; readonly phase: string; readonly host: string }
  | {
      readonly type: "change";
      readonly phase: string;
      readonly host: string;
      readonly change: string;
      readonly state: RecordState;
      readonly detail?: string;
    }
  | { readonly type: "bytes"; readonly host: string; readonly sent: number; readonly total: number }
  | { readonly type: "waiting"; readonly phase: string; readonly host: string; readonly reason: string }
  | { readonly type: "warning"; readonly host?: string; readonly text: string }
  | {
      readonly type: "unit-ended";
      readonly phase: string;
      readonly host: string;
      readonly state: UnitState;
      /** How many changes it made. */
      readonly changed: number;
      /** Milliseconds. */
      readonly took: number;
      readonly error?: EventError;
    }
  | { readonly type: "exchange"; readonly host: string; readonly what: string; readonly took: number; readonly output: string }
  | { readonly type: "run-ended"; readonly exit: ExitName; readonly changed: number; readonly took: number; readonly log?: string };

/** An error's five answers, as data. */
export interface EventError {
  readonly message: string;
  readonly command?: string;
  readonly output?: string;
  readonly probably?: string;
  readonly hint?: string;
}

/** An event with its time, as sinks receive it: milliseconds since the epoch, and since the run began. */
export type TimedEvent = RunEvent & { readonly time: number; readonly at: number };

export type Sink = (event: TimedEvent) => void;

/** Where events go in and come out, in order. */
export interface Bus {
  readonly emit: (event: RunEvent) => void;
  readonly subscribe: (sink: Sink) => void;
}

/** @param now milliseconds since the epoch. */
export const createBus = (now: () => number = Date.now): Bus => {
  const sinks: Sink[] = [];
  const start = now();
  return {
    emit: (event) => {
      const time = now();
      for (const sink of sinks) sink({ ...event, time, at: time - start });
    },
    subscribe: (sink) => void sinks.push(sink),
  };
};

import { createBus, type RunEvent, type TimedEvent } from "../../../src/engine/events.ts";
import { advance, createModel, type RunModel } from "../../../src/engine/progress/model.ts";

/** A bus under a clock that the test moves, and what it emitted. */
export const testBus = () => {
  let time = Date.UTC(2026, 0, 2, 12, 3, 4);
  const bus = createBus(() => time);
  const heard: TimedEvent[] = [];
  bus.subscribe((event) => heard.push(event));
  return {
    bus,
    heard,
    now: () => time,
    /** Milliseconds. */
    pass: (by: number) => {
      time += by;
    },
  };
};

/** What is known after these events, a second apart. */
export const modelOf = (events: readonly RunEvent[]): RunModel => {
  const { bus, heard, pass } = testBus();
  for (const event of events) {
    bus.emit(event);
    pass(1000);
  }
  const model = createModel();
  for (const event of heard) advance(model, event);
  return model;
};

export const planned = (phase: string, title: string, ...hosts: string[]): RunEvent & { type: "phase-planned" } => ({
  type: "phase-planned",
  phase,
  title,
  hosts,
});
export const started = (phase: string, ...hosts: string[]): RunEvent[] => hosts.map((host) => ({ type: "unit-started", phase, host }));
export const done = (phase: string, changed: number, ...hosts: string[]): RunEvent[] =>
  hosts.map((host) => ({ type: "unit-ended", phase, host, state: "done", changed, took: 900 }));
export const failed = (phase: string, host: string, message: string, hint?: string): RunEvent => ({
  type: "unit-ended",
  phase,
  host,
  state: "failed",
  changed: 0,
  took: 900,
  error: { message, exit: "phase", ...(hint !== undefined && { hint }) },
});
export const skipped = (phase: string, host: string, reason: string): RunEvent => ({
  type: "unit-ended",
  phase,
  host,
  state: "skipped",
  changed: 0,
  took: 0,
  reason,
});
export const changed = (phase: string, host: string, ...changes: string[]): RunEvent[] =>
  changes.map((change) => ({ type: "change", phase, host, change, state: "changed" }));
export const begun: RunEvent & { type: "run-started" } = {
  type: "run-started",
  run: "r1",
  command: "kbs create cluster",
  cluster: "demo",
  hosts: ["h1", "h2", "h3"],
};

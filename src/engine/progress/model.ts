import type { PreflightResults } from "../../preflight/run.ts";
import type { EventError, TimedEvent, UnitState } from "../events.ts";
import type { HostFailure } from "./failures.ts";

export interface UnitModel {
  readonly host: string;
  readonly state: "running" | UnitState;
  /** Milliseconds since the run began. */
  readonly began: number;
  readonly ended?: number;
  readonly changed: number;
  /** What it waits for, in the words of the phase. */
  readonly waiting?: string;
  readonly reason?: string;
}

export interface PhaseModel {
  readonly id: string;
  readonly title: string;
  readonly hosts: readonly string[];
  readonly units: Map<string, UnitModel>;
}

/** What is known of a run so far. Every way of telling it reads this. */
export interface RunModel {
  readonly start: { command: string; cluster: string; hosts: readonly string[] };
  readonly phases: Map<string, PhaseModel>;
  /** Bytes under way to a host. */
  readonly bytes: Map<string, { readonly sent: number; readonly total: number }>;
  /** Milliseconds for which a host was at work on what it was sent. */
  readonly busy: Map<string, number>;
  /** What was changed, by host. */
  readonly changes: Map<string, string[]>;
  readonly failures: HostFailure[];
  readonly errors: { readonly host?: string; readonly error: EventError }[];
  readonly warnings: { readonly host?: string; readonly text: string }[];
  preflight?: PreflightResults;
  /** Milliseconds since the run began, of the last event. */
  at: number;
}

export const createModel = (): RunModel => ({
  start: { command: "", cluster: "", hosts: [] },
  phases: new Map(),
  bytes: new Map(),
  busy: new Map(),
  changes: new Map(),
  failures: [],
  errors: [],
  warnings: [],
  at: 0,
});

const phaseOf = (model: RunModel, id: string): PhaseModel => {
  const phase = model.phases.get(id) ?? { id, title: id, hosts: [], units: new Map() };
  model.phases.set(id, phase);
  return phase;
};

const endUnit = (model: RunModel, event: TimedEvent & { type: "unit-ended" }): void => {
  const { phase, host, state, changed, took, reason, error, at } = event;
  phaseOf(model, phase).units.set(host, { host, state, changed, began: at - took, ended: at, ...(reason !== undefined && { reason }) });
  if (error !== undefined) model.failures.push({ host, phase, error });
};

/** Content under way is told by its bytes. */
const awaitReason = (model: RunModel, { phase, host, reason, content, at }: TimedEvent & { type: "waiting" }): void => {
  if (content) return;
  const { units } = phaseOf(model, phase);
  const unit = units.get(host) ?? { host, state: "running", began: at, changed: 0 };
  if (unit.state === "running") units.set(host, { ...unit, waiting: reason });
};

const noteChange = (model: RunModel, host: string, change: string): void => {
  const changes = model.changes.get(host) ?? [];
  changes.push(change);
  model.changes.set(host, changes);
};

/** Takes in one event. */
export const advance = (model: RunModel, event: TimedEvent): void => {
  model.at = event.at;
  switch (event.type) {
    case "run-started":
      Object.assign(model.start, { command: event.command, cluster: event.cluster, hosts: event.hosts });
      break;
    case "phase-planned":
      model.phases.set(event.phase, { id: event.phase, title: event.title, hosts: event.hosts, units: new Map() });
      break;
    case "unit-started":
      phaseOf(model, event.phase).units.set(event.host, { host: event.host, state: "running", began: event.at, changed: 0 });
      break;
    case "unit-ended":
      endUnit(model, event);
      break;
    case "waiting":
      awaitReason(model, event);
      break;
    case "bytes":
      if (event.sent < event.total) model.bytes.set(event.host, event);
      else model.bytes.delete(event.host);
      break;
    case "change":
      if (event.state === "changed") noteChange(model, event.host, event.change);
      break;
    case "host-failed":
      model.failures.push({ host: event.host, error: event.error });
      break;
    case "error":
      model.errors.push(event);
      break;
    case "warning":
      model.warnings.push(event);
      break;
    case "preflight":
      model.preflight = { hosts: event.hosts, findings: event.findings };
      break;
    case "exchange":
      model.busy.set(event.host, (model.busy.get(event.host) ?? 0) + event.took);
      break;
    case "host-facts":
    case "bundle":
    case "working":
    case "connection":
    case "run-ended":
      break;
  }
};

import type { TimedEvent } from "../events.ts";
import type { EventLine, VersionLine } from "./read-events.ts";
import type { HostRecord, PhaseRecord, RunRecord } from "./record.ts";
import { collectSent } from "./sent.ts";
import { collectUnits, type UnitCollector } from "./units.ts";

type Of<Type extends TimedEvent["type"]> = TimedEvent & { readonly type: Type };

/** A record that grows. */
interface Draft extends Omit<RunRecord, "began" | "at"> {
  began: number | undefined;
  at: number;
  version: VersionLine;
  started?: Of<"run-started">;
  readonly phases: Map<string, PhaseRecord>;
  readonly hosts: Map<string, HostRecord>;
  readonly bundles: Of<"bundle">[];
  readonly warnings: string[];
  readonly errors: { readonly host?: string; readonly error: Of<"error">["error"] }[];
  preflight?: Of<"preflight">;
  ended?: Of<"run-ended">;
}

interface Collector {
  readonly draft: Draft;
  readonly units: UnitCollector;
  readonly sent: ReturnType<typeof collectSent>;
}

const begin = (version: VersionLine): Collector => ({
  draft: { version, began: undefined, at: 0, phases: new Map(), hosts: new Map(), bundles: [], warnings: [], errors: [] },
  units: collectUnits(),
  sent: collectSent(),
});

const hostOf = ({ hosts }: Draft, name: string): HostRecord => {
  const host = hosts.get(name) ?? { name, units: [], changes: [], same: 0, sent: [], warnings: [] };
  hosts.set(name, host);
  return host;
};

const noteChange = (draft: Draft, { phase, host, change, state, detail }: Of<"change">): void => {
  const record = hostOf(draft, host);
  if (state === "same") record.same++;
  else if (state !== "answer") record.changes.push({ phase, change, state, ...(detail !== undefined && { detail }) });
};

const noteMachine = (draft: Draft, { type: _type, time: _time, at: _at, host, ...machine }: Of<"host-facts">): void => {
  hostOf(draft, host).machine = machine;
};

/** Takes in one event of the run. */
const take = ({ draft, units, sent }: Collector, event: TimedEvent): void => {
  draft.began ??= event.time - event.at;
  draft.at = Math.max(draft.at, event.at);
  units.take(event);
  switch (event.type) {
    case "run-started":
      draft.started = event;
      for (const host of event.hosts) hostOf(draft, host);
      break;
    case "host-facts":
      noteMachine(draft, event);
      break;
    case "bundle":
      draft.bundles.push(event);
      break;
    case "phase-planned":
      draft.phases.set(event.phase, {
        id: event.phase,
        title: event.title,
        ...(event.needs && { needs: event.needs }),
        ...(event.first !== undefined && { first: event.first }),
      });
      break;
    case "change":
      noteChange(draft, event);
      break;
    case "bytes":
      sent.take(event);
      break;
    case "warning":
      if (event.host === undefined) draft.warnings.push(event.text);
      else hostOf(draft, event.host).warnings.push(event.text);
      break;
    case "host-failed":
      hostOf(draft, event.host).failure = event.error;
      break;
    case "connection":
      hostOf(draft, event.host).connection = event;
      break;
    case "preflight":
      draft.preflight = event;
      break;
    case "error":
      draft.errors.push(event);
      break;
    case "run-ended":
      draft.ended = event;
      break;
    case "unit-started":
    case "unit-ended":
    case "waiting":
    case "working":
    case "exchange":
      break;
  }
};

const finish = ({ draft, units, sent }: Collector): RunRecord => {
  for (const unit of units.all(draft.at)) hostOf(draft, unit.host).units.push(unit);
  for (const [host, all] of sent.all()) hostOf(draft, host).sent.push(...all);
  return { ...draft, began: draft.began ?? 0 };
};

/** Puts the events of a run in order. Of several runs in one stream the last counts. @throws Error when there is none */
export const collect = async (events: AsyncIterable<EventLine>): Promise<RunRecord> => {
  let collector: Collector | undefined;
  for await (const event of events) {
    if (event.type === "version") collector = begin(event);
    else if (collector !== undefined) take(collector, event);
  }
  if (collector === undefined) throw new Error("a stream of events began without a version");
  return finish(collector);
};

import type { TimedEvent } from "../events.ts";
import type { UnitRecord, WaitRecord } from "./record.ts";

/** A unit that is under way. */
interface Open {
  readonly phase: string;
  readonly host: string;
  readonly from: number;
  readonly round: number;
  readonly waits: WaitRecord[];
  wait?: { readonly reason: string; readonly content: boolean; readonly from: number };
}

export interface UnitCollector {
  readonly take: (event: TimedEvent) => void;
  /** Every unit, in the order of their beginnings. @param at when the events end */
  readonly all: (at: number) => readonly UnitRecord[];
}

const keyOf = ({ phase, host }: { readonly phase: string; readonly host: string }): string => JSON.stringify([phase, host]);

const endWait = (open: Open, at: number): void => {
  if (open.wait !== undefined && at > open.wait.from) open.waits.push({ ...open.wait, to: at });
  delete open.wait;
};

const endUnit = (
  { phase, host, state, changed, took, reason, error, at }: TimedEvent & { type: "unit-ended" },
  open?: Open,
): UnitRecord => ({
  phase,
  host,
  state,
  changed,
  begun: open !== undefined,
  from: open?.from ?? at - took,
  to: at,
  waits: open?.waits ?? [],
  round: open?.round ?? 1,
  ...(reason !== undefined && { reason }),
  ...(error !== undefined && { error }),
});

/** Pairs the beginnings of units with their ends, and tells waits apart from work. */
export const collectUnits = (): UnitCollector => {
  const ended: UnitRecord[] = [];
  const running = new Map<string, Open>();
  const rounds = new Map<string, number>();
  const roundOf = (phase: string): number => rounds.get(phase) ?? 1;
  const take = (event: TimedEvent): void => {
    if (event.type === "phase-planned") rounds.set(event.phase, (rounds.get(event.phase) ?? 0) + 1);
    if (event.type === "unit-started") {
      running.set(keyOf(event), { phase: event.phase, host: event.host, from: event.at, waits: [], round: roundOf(event.phase) });
      return;
    }
    if (event.type !== "unit-ended" && event.type !== "waiting" && event.type !== "working" && event.type !== "change") return;
    const open = running.get(keyOf(event));
    if (open !== undefined) endWait(open, event.at);
    if (event.type === "waiting" && open !== undefined)
      open.wait = { reason: event.reason, content: event.content === true, from: event.at };
    if (event.type !== "unit-ended") return;
    running.delete(keyOf(event));
    ended.push(endUnit(event, open));
  };
  const all = (at: number): readonly UnitRecord[] => {
    const open = [...running.values()].map((unit): UnitRecord => {
      endWait(unit, at);
      return { ...unit, state: "running", changed: 0, begun: true, to: at };
    });
    return [...ended, ...open].toSorted((a, b) => a.from - b.from || a.to - b.to);
  };
  return { take, all };
};

import type { BlobRef, FileChange, ObjectChange } from "../../src/changes/change.ts";
import type { Ticket } from "../../src/changes/message.ts";
import type { Phase } from "../../src/changes/phase.ts";
import type { ObjectRecord } from "../../src/engine/doors.ts";
import { createBus, type RunEvent } from "../../src/engine/events.ts";
import { type RunResult, runPhases } from "../../src/engine/run.ts";
import { type FakeMachine, fakeHost, fakeMachine } from "../support/fake-host.ts";

/** What the phases of these tests share: the hosts' names, and what has happened, in order. */
export interface World {
  readonly hosts: readonly string[];
  readonly story: string[];
}

const ticket: Ticket = { cluster: { id: "c", name: "demo" }, run: "this run" };

export const file = (path: string, content = path): FileChange => ({ kind: "file", path, content, mode: 0o644 });

/** A phase on all hosts whose wish is one file of its own name, unless told otherwise. */
export const phase = (id: string, more: Partial<Phase<World>> = {}): Phase<World> => ({
  id,
  title: id,
  hosts: ({ hosts }) => hosts,
  wish: () => [file(`/${id}`)],
  ...more,
});

/** A phase that only acts. */
export const act = (
  id: string,
  more: Partial<Phase<World>> = {},
  made: Phase<World>["act"] = async () => ({ changed: [] }),
): Phase<World> => {
  const { wish: _wish, ...bare } = phase(id, more);
  return {
    ...bare,
    act: async (context, host, tools) => {
      context.story.push(`${id}@${host}`);
      return await made(context, host, tools);
    },
  };
};

export interface Trial {
  readonly result: RunResult;
  readonly events: readonly RunEvent[];
  readonly story: readonly string[];
  /** Messages of a host, each as what it was and about which paths. */
  readonly said: (host: string) => readonly string[];
  /** A unit's end: its state, and why. */
  readonly end: (unit: string) => string;
}

export interface TrialInput {
  readonly phases: readonly Phase<World>[];
  readonly machines: readonly FakeMachine[];
  readonly signal?: AbortSignal;
  readonly concurrency?: number;
  readonly first?: string;
  readonly blobs?: ReadonlyMap<string, Buffer>;
  readonly applyObjects?: (objects: readonly ObjectChange[]) => Promise<readonly ObjectRecord[]>;
  readonly onLost?: (host: string) => void;
}

/** Machines that are held by this run. */
export const machines = (...names: readonly string[]): FakeMachine[] =>
  names.map((name) => {
    const machine = fakeMachine(name);
    machine.holder = { run: ticket.run, owner: "us", lose: () => undefined };
    return machine;
  });

const describeMessage = ({ messages }: FakeMachine): string[] =>
  messages.map((message) => {
    if (message.kind === "blobs") return `blobs ${message.blobs.map(({ digest }) => digest).join(" ")}`;
    if (message.kind !== "change") return message.kind;
    return `${message.reading} ${message.changes.map((change) => ("path" in change ? change.path : change.kind)).join(" ")}`;
  });

export const go = async ({ phases, machines: all, ...more }: TrialInput): Promise<Trial> => {
  const bus = createBus();
  const events: RunEvent[] = [];
  bus.subscribe((event) => events.push(event));
  const story: string[] = [];
  const doors = new Map(all.map((machine) => [machine.name, fakeHost(machine).host]));
  const door = (name: string) => {
    const found = doors.get(name);
    if (!found) throw new Error(`no door to ${name}`);
    return found;
  };
  const readBlob = async function* (blob: BlobRef, offset: number): AsyncGenerator<Buffer> {
    yield (more.blobs?.get(blob.digest) ?? Buffer.alloc(0)).subarray(offset);
  };
  const applyObjects = more.applyObjects ?? (() => Promise.reject(new Error("nobody foresaw objects")));
  const result = await runPhases({
    phases,
    context: { hosts: all.map(({ name }) => name), story },
    first: more.first ?? all[0]?.name ?? "",
    doors: { host: door, applyObjects, readBlob },
    ticket,
    bus,
    signal: more.signal ?? new AbortController().signal,
    concurrency: more.concurrency ?? 30,
    ...(more.onLost && { onLost: more.onLost }),
  });
  return {
    result,
    events,
    story,
    said: (name) => all.filter((machine) => machine.name === name).flatMap(describeMessage),
    end: (unit) => {
      const ends = events.flatMap((event) => (event.type === "unit-ended" && `${event.phase}@${event.host}` === unit ? [event] : []));
      return ends.map(({ state, reason, error }) => [state, reason ?? error?.message].filter(Boolean).join(": ")).join(" and ");
    },
  };
};

import { describe, expect, test } from "vitest";
import { withLeases } from "../../src/actions/fleet/lease.ts";
import type { HostChange } from "../../src/changes/change.ts";
import type { Phase } from "../../src/changes/phase.ts";
import { createBus, type RunEvent } from "../../src/engine/events.ts";
import { type RunResult, runPhases } from "../../src/engine/run.ts";
import { UserError } from "../../src/shared/errors.ts";
import { type FakeMachine, fakeHost, fakeMachine } from "../support/fake-host.ts";

interface World {
  readonly hosts: readonly string[];
}

const file = (path: string): HostChange => ({ kind: "file", path, content: path, mode: 0o644 });

const phases: readonly Phase<World>[] = [
  { id: "first", title: "First", hosts: ({ hosts }) => hosts, wish: () => [file("/1"), file("/2"), file("/3")] },
  { id: "second", title: "Second", hosts: ({ hosts }) => hosts, needs: [{ phase: "first", on: "everywhere" }], wish: () => [file("/4")] },
  {
    id: "wait",
    title: "Wait",
    hosts: ({ hosts }) => hosts.slice(0, 1),
    act: (_context, _host, { signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      }),
  },
];

const bothHosts = (): FakeMachine[] => ["h1", "h2"].map(fakeMachine);

const nobody = (): never => expect.fail("nobody foresaw this");

const run = async (all: readonly FakeMachine[], name: string, list: readonly Phase<World>[], signal: AbortSignal) => {
  const bus = createBus();
  const events: RunEvent[] = [];
  bus.subscribe((event) => events.push(event));
  const doors = new Map(all.map((machine) => [machine.name, fakeHost(machine).host]));
  const host = (wanted: string) => doors.get(wanted) ?? expect.fail(`no door to ${wanted}`);
  const ticket = { cluster: { id: "c", name: "demo" }, run: name };
  const found: { result?: RunResult } = {};
  await withLeases([...doors.values()], ticket, { command: "kbs apply", signal }, async (stop) => {
    found.result = await runPhases({
      phases: list,
      context: { hosts: all.map((machine) => machine.name) },
      first: "h1",
      doors: { host, applyObjects: nobody, readBlob: nobody },
      ticket,
      bus,
      signal: stop,
      concurrency: 30,
    });
    return { exit: signal.aborted ? ("interrupted" as const) : ("done" as const) };
  });
  const ends = events.flatMap((event) =>
    event.type === "unit-ended" ? [`${event.phase}@${event.host} ${event.state} ${event.changed}`] : [],
  );
  return { result: found.result ?? expect.fail("it did not begin"), ends };
};

const paths = ({ nodes }: FakeMachine): readonly string[] => [...nodes.keys()].filter((path) => path !== "/");

describe("Ctrl-C in the middle of a run", () => {
  test("finishes the change in flight on each host, begins nothing more, ends every wait, and gives the hosts back", async () => {
    const machines = bothHosts();
    const stop = new AbortController();
    let begun = 0;
    const both = Promise.withResolvers<void>();
    for (const machine of machines)
      machine.step = async (step) => {
        if (!("path" in step) || step.path !== "/2") return;
        if (++begun === machines.length) both.resolve();
        await both.promise;
        stop.abort(new UserError("interrupted", { exit: "interrupted" }));
      };
    const { result, ends } = await run(machines, "stopped", phases, stop.signal);
    expect(machines.map(paths)).toEqual([
      ["/1", "/2"],
      ["/1", "/2"],
    ]);
    expect(ends.toSorted()).toEqual([
      "first@h1 cancelled 2",
      "first@h2 cancelled 2",
      "second@h1 cancelled 0",
      "second@h2 cancelled 0",
      "wait@h1 cancelled 0",
    ]);
    expect(result).toMatchObject({ changed: 4, failures: [] });
    expect(machines.map(({ holder }) => holder)).toEqual([undefined, undefined]);
    for (const machine of machines) machine.step = () => undefined;
    const again = await run(machines, "again", phases.slice(0, 2), new AbortController().signal);
    expect(machines.map(paths)).toEqual([
      ["/1", "/2", "/3", "/4"],
      ["/1", "/2", "/3", "/4"],
    ]);
    expect(again.result.changed).toBe(4);
  });
});

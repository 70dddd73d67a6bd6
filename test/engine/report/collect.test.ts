import { describe, expect, test } from "vitest";
import { collect } from "../../../src/engine/report/collect.ts";
import { readEvents } from "../../../src/engine/report/read-events.ts";
import type { RunRecord } from "../../../src/engine/report/record.ts";
import { begun, planned } from "../progress/events.ts";
import { ended, linesOf, type Moment, recordOf, unit } from "./story.ts";

const run = (moments: readonly Moment[]): Promise<RunRecord> => recordOf([begun, ...moments]);

describe("out of the events of a run", () => {
  test("units come with their times, waits and what became of them", async () => {
    const { hosts } = await run([
      [{ type: "unit-started", phase: "join", host: "h2" }, 100],
      [{ type: "waiting", phase: "join", host: "h2", reason: "its content to arrive", content: true }, 400],
      [{ type: "working", phase: "join", host: "h2" }, 250],
      [{ type: "waiting", phase: "join", host: "h2", reason: "its node" }, 30],
      [{ type: "change", phase: "join", host: "h2", change: "path:/x", state: "changed", detail: "absent" }, 20],
      { type: "unit-ended", phase: "join", host: "h2", state: "done", changed: 1, took: 800 },
    ]);
    expect(hosts.get("h2")?.units).toEqual([
      {
        phase: "join",
        host: "h2",
        state: "done",
        begun: true,
        changed: 1,
        round: 1,
        from: 0,
        to: 800,
        waits: [
          { reason: "its content to arrive", content: true, from: 100, to: 500 },
          { reason: "its node", content: false, from: 750, to: 780 },
        ],
      },
    ]);
    expect(hosts.get("h2")?.changes).toEqual([{ phase: "join", change: "path:/x", state: "changed", detail: "absent" }]);
  });

  test("a unit that was never begun is told from one that was cancelled at work", async () => {
    const cancelled = { state: "cancelled" } as const;
    const { hosts } = await run([
      ...unit("a", "h1", 50, cancelled),
      { type: "unit-ended", phase: "b", host: "h1", changed: 0, took: 0, ...cancelled },
    ]);
    expect(hosts.get("h1")?.units.map(({ phase, begun: isBegun }) => [phase, isBegun])).toEqual([
      ["a", true],
      ["b", false],
    ]);
  });

  test("a killed run has units without an end, and no end itself", async () => {
    const record = await run([[{ type: "unit-started", phase: "a", host: "h1" }, 700], { type: "warning", text: "last words" }]);
    expect(record.ended).toBeUndefined();
    expect(record.hosts.get("h1")?.units).toMatchObject([{ state: "running", from: 0, to: 700 }]);
  });

  test("units of later rounds are told from those of the first", async () => {
    const round = [planned("a", "A", "h1"), ...unit("a", "h1", 10)];
    const { hosts } = await run([...round, ...round]);
    expect(hosts.get("h1")?.units.map((each) => each.round)).toEqual([1, 2]);
  });

  test("content is counted once, however often it is told, and by the stretches in which it was under way", async () => {
    const { hosts } = await run([
      [{ type: "bytes", host: "h1", sent: 10, total: 100 }, 500],
      [{ type: "bytes", host: "h1", sent: 60, total: 100 }, 500],
      [{ type: "bytes", host: "h1", sent: 100, total: 100 }, 3000],
      [{ type: "bytes", host: "h1", sent: 110, total: 150 }, 100],
      { type: "bytes", host: "h1", sent: 130, total: 150 },
    ]);
    expect(hosts.get("h1")?.sent).toEqual([
      { from: 0, to: 1000, bytes: 100 },
      { from: 4000, to: 4100, bytes: 30 },
    ]);
  });

  test("warnings, machines and connections stand with their hosts, in the configuration's order", async () => {
    const record = await run([
      { type: "warning", host: "h3", text: "old kernel" },
      { type: "warning", text: "no host's own" },
      { type: "host-facts", host: "h2", roles: ["worker"], address: "10.0.0.2", cpus: 2 },
      { type: "connection", host: "h1", channels: 7, bytesSent: 10, bytesReceived: 3 },
    ]);
    expect([...record.hosts.keys()]).toEqual(["h1", "h2", "h3"]);
    expect(record.hosts.get("h3")?.warnings).toEqual(["old kernel"]);
    expect(record.warnings).toEqual(["no host's own"]);
    expect(record.hosts.get("h2")?.machine).toEqual({ roles: ["worker"], address: "10.0.0.2", cpus: 2 });
    expect(record.hosts.get("h1")?.connection).toMatchObject({ channels: 7 });
  });

  test("of several runs in one file the last counts", async () => {
    const both = [...linesOf([begun, ...unit("a", "h1", 5)]), ...linesOf([{ ...begun, run: "r2" }, planned("b", "B", "h1"), ended()])];
    const record = await collect(readEvents(both, "both.ndjson"));
    expect(record.started?.run).toBe("r2");
    expect(record.hosts.get("h1")?.units).toEqual([]);
  });
});

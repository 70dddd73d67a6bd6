import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RunEvent } from "../../../src/engine/events.ts";
import { keepEvents } from "../../../src/engine/progress/kept-events.ts";
import { keptRuns } from "../../../src/engine/progress/kept-runs.ts";
import { begun, testBus } from "./events.ts";

let home = "";
beforeEach(() => void (home = mkdtempSync(join(tmpdir(), "kbs-kept-"))));
afterEach(() => rmSync(home, { recursive: true, force: true }));

const open = (name: string, second: number, pid = 7) =>
  keepEvents({ env: { XDG_STATE_HOME: home }, name, pid }, "1.2.3", () => Date.UTC(2026, 0, 1, 0, 0, second));

/** Keeps these events, so many milliseconds apart, and reads them back. */
const kept = (events: readonly RunEvent[], apart = 0): readonly string[] => {
  const { bus, pass } = testBus();
  const { path, sink, close } = open("create-cluster", 1);
  bus.subscribe(sink);
  for (const event of events) {
    bus.emit(event);
    pass(apart);
  }
  close();
  return readFileSync(path, "utf8").trimEnd().split("\n");
};

const sent = (host: string, amount: number): RunEvent => ({ type: "bytes", host, sent: amount, total: 40 });
const ended: RunEvent = { type: "run-ended", exit: "phase", changed: 3, took: 4200, next: [] };

describe("the events of a run are kept", () => {
  test("as newline-delimited JSON that begins with the version, for the operator alone", () => {
    const lines = kept([begun, ended]);
    expect(lines[0]).toMatch(/^\{"type":"version","events":"1\.\d+","kbs":"1\.2\.3"\}$/);
    expect(lines.slice(1).map((line) => /^\{"type":"([\w-]+)"/.exec(line)?.[1])).toEqual(["run-started", "run-ended"]);
    const folder = join(home, "kbs/logs");
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    for (const file of readdirSync(folder)) expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
  });

  test("as they happen: a killed run leaves what it told", () => {
    const { bus } = testBus();
    const { path, sink, close } = open("create-cluster", 1);
    bus.subscribe(sink);
    bus.emit(begun);
    expect(readFileSync(path, "utf8")).toContain('"run-started"');
    close();
  });

  test("without exchanges, which the log has", () => {
    expect(kept([{ type: "exchange", host: "h1", what: "apply", took: 1, output: "long" }])).toHaveLength(1);
  });

  test("with a word a second about bytes under way to each host, and always the last one", () => {
    const told = Array.from({ length: 40 }, (_, index) => [sent("h1", index + 1), sent("h2", index + 1)]).flat();
    const lines = kept(told, 50).slice(1);
    expect(lines.length).toBeLessThan(16);
    for (const host of ["h1", "h2"]) expect(lines.some((line) => line.includes(`"${host}","sent":40`))).toBe(true);
  });

  test("of the newest 20 runs of each command", () => {
    open("delete-cluster", 0).close();
    for (let second = 0; second < 25; second++) open("create-cluster", second).close();
    writeFileSync(join(home, "kbs/logs/20260101-000000-create-cluster-7.log"), "a log is no events");
    const names = readdirSync(join(home, "kbs/logs"));
    expect(names.filter((name) => name.endsWith("create-cluster-7.ndjson"))).toHaveLength(20);
    expect(names).toContain("20260101-000000-delete-cluster-7.ndjson");
    expect(names).not.toContain("20260101-000004-create-cluster-7.ndjson");
    expect(names).toContain("20260101-000000-create-cluster-7.log");
  });
});

describe("kept runs are listed", () => {
  test("newest first, each with its cluster, its command and how it ended", () => {
    open("create-cluster", 5).close();
    kept([begun, ended]);
    expect(keptRuns({ XDG_STATE_HOME: home })).toMatchObject([
      { run: "r1", cluster: "demo", command: "kbs create cluster", exit: "phase", changed: 3, took: 4200 },
      { name: "20260101-000005-create-cluster-7", began: Date.UTC(2026, 0, 1, 0, 0, 5) },
    ]);
  });

  test("by what their ends say, however long they are", () => {
    const warning: RunEvent = { type: "warning", text: "x".repeat(1000) };
    kept([begun, ...Array.from({ length: 2000 }, () => warning), ended]);
    expect(keptRuns({ XDG_STATE_HOME: home })).toMatchObject([{ run: "r1", exit: "phase" }]);
  });

  test("without an end where the run was killed in the middle of a word", () => {
    const { path, close } = open("create-cluster", 1);
    close();
    writeFileSync(path, `${readFileSync(path, "utf8")}{"type":"run-started","run":"r`);
    const [run] = keptRuns({ XDG_STATE_HOME: home });
    expect(run?.name).toBe("20260101-000001-create-cluster-7");
    expect(run).not.toHaveProperty("exit");
    expect(run).not.toHaveProperty("run");
  });

  test("as none where nothing was ever kept", () => {
    expect(keptRuns({ XDG_STATE_HOME: join(home, "nowhere") })).toEqual([]);
  });
});

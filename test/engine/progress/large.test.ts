import { describe, expect, test } from "vitest";
import type { RunEvent } from "../../../src/engine/events.ts";
import { plainSink } from "../../../src/engine/progress/plain.ts";
import { progressRows } from "../../../src/engine/progress/rows.ts";
import { summaryText } from "../../../src/engine/progress/summary.ts";
import { renderPreflightTable } from "../../../src/preflight/report.ts";
import type { Result } from "../../../src/preflight/run.ts";
import { painter } from "../../../src/shared/paint.ts";
import { changed, done, failed, modelOf, planned, skipped, started, testBus } from "./events.ts";

const plain = painter(false);
const names = Array.from({ length: 1000 }, (_, nth) => `w${nth + 1}`);
const begun: RunEvent = { type: "run-started", run: "r1", command: "kbs create cluster", cluster: "demo", hosts: names };
const [first = "", ...others] = names;

const exchange = (host: string, took: number): RunEvent => ({ type: "exchange", host, what: "apply 2 changes", took, output: "" });

/** A fleet of which one host has failed, one is slow, and all but these are done. */
const story: readonly RunEvent[] = [
  begun,
  planned("install-kubelet", "Install the kubelet", ...names),
  failed("install-kubelet", "w2", "no space left on device"),
  skipped("join-workers", "w2", "an earlier step failed on this host"),
  ...others
    .slice(1)
    .flatMap((host) => [...changed("install-kubelet", host, "kubelet"), exchange(host, 4000), ...done("install-kubelet", 1, host)]),
  ...changed("install-kubelet", first, "kubelet"),
  exchange(first, 200_000),
  ...done("install-kubelet", 1, first),
];

const waiting = (at: number): readonly string[] => {
  const half = names.slice(0, 500).flatMap((host) => done("install-kubelet", 1, host));
  const ends = half.map((event, nth) => (event.type === "unit-ended" ? { ...event, took: nth * 1000 } : event));
  const model = modelOf([
    begun,
    planned("install-kubelet", "Install the kubelet", ...names),
    ...started("install-kubelet", ...names),
    ...ends,
  ]);
  return progressRows(model, at, plain);
};

const finding = (host: string, severity: Result["severity"]): Result => ({
  host,
  id: "x",
  severity,
  problem: "p",
  remedy: "r",
  ignored: false,
});

describe("of a thousand hosts", () => {
  test("a pipe is told in some lines, in which the failed one has its own", () => {
    const { bus, pass, now } = testBus();
    const lines: string[] = [];
    const { sink, close } = plainSink({ write: (text) => lines.push(text), verbosity: 0, now });
    bus.subscribe(sink);
    for (const event of story) {
      bus.emit(event);
      pass(10);
    }
    close();
    expect(lines.length).toBeLessThan(20);
    expect(lines.find((line) => line.includes("w2 install-kubelet failed"))).toContain("no space left on device");
    expect(lines.at(-1)).toMatch(/ended: install-kubelet 1000\/1000$/m);
    expect(lines.every((line) => line.length < 300)).toBe(true);
  });

  test("those that wait for their turn are not called slow on a terminal", () => {
    expect(waiting(600_000).filter((row) => row.startsWith("slow"))).toEqual([]);
    expect(waiting(5_000_000).filter((row) => row.startsWith("slow")).length).toBeGreaterThan(0);
    expect(waiting(5_000_000).length).toBeLessThanOrEqual(15);
  });

  test("the end names the slow one and the failed one, and sums up the others", () => {
    const text = summaryText(
      modelOf(story),
      { type: "run-ended", exit: "phase", changed: 999, took: 240_000, next: [] },
      { color: false, quiet: false, kind: "run", answered: false, warned: true, unchanged: "" },
    );
    expect(text).toMatchInlineSnapshot(`
      "error: w2: Install the kubelet: no space left on device
      slow: w1: at work for 3 min 20 s, where others took 4.0 s
      999 changes on 999 hosts (4 min 0 s)
        w1, w3, w4 and 996 more  1 change: kubelet
      "
    `);
  });

  test("a table of checks has rows for those with errors alone", () => {
    const findings = [finding("w7", "error"), ...names.map((host) => finding(host, "warning"))];
    const text = renderPreflightTable({ hosts: names.map((host) => ({ host, asked: 2, passed: 1 })), findings }, { color: false });
    expect(text.split("\n").slice(0, 4)).toEqual([
      "HOST                      PASSED  WARNINGS  ERRORS",
      "w7                        1/2     1         1",
      "999 hosts without errors",
      "",
    ]);
    expect(text).toContain("w19, w20, 980 more");
  });
});

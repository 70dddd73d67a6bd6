import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { RunEvent } from "../../../src/engine/events.ts";
import { plainSink } from "../../../src/engine/progress/plain.ts";
import { begun, changed, done, failed, planned, skipped, started, testBus } from "./events.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const told = (verbosity: number, events: readonly RunEvent[]): string => {
  const { bus, pass, now } = testBus();
  let text = "";
  const { sink, close } = plainSink({ write: (line) => (text += line), verbosity, now });
  bus.subscribe(sink);
  for (const event of events) {
    bus.emit(event);
    pass(1000);
  }
  close();
  return text.replaceAll(/^\d\d:\d\d:/gm, "..:..:");
};

const story: readonly RunEvent[] = [
  begun,
  planned("gather-facts", "Gather facts", "h1", "h2"),
  ...done("gather-facts", 0, "h1", "h2"),
  ...done("prepare-host", 0, "h1"),
  ...changed("install-containerd", "h1", "/etc/containerd/config.toml", "containerd.service"),
  ...done("install-containerd", 2, "h1"),
  failed("install-containerd", "h2", "no space left on device"),
  skipped("join-workers", "h2", "an earlier step failed on this host"),
  { type: "warning", host: "h1", text: "the clock is 3 s behind" },
  { type: "exchange", host: "h1", what: "apply 2 changes", took: 40, output: "changed\nchanged" },
  ...done("wait-ready", 0, "h1"),
];

describe("in a pipe", () => {
  test("each end of a unit is a line; those which changed nothing share one", () => {
    expect(told(0, story)).toMatchInlineSnapshot(`
      "..:..:04 kbs create cluster (run r1, cluster demo, h1 h2 h3)
      ..:..:11 unchanged: gather-facts (2 hosts), prepare-host
      ..:..:11 h1 install-containerd changed 2 (0.9 s)
      ..:..:12 h2 install-containerd failed (0.9 s): no space left on device
      ..:..:13 h2 join-workers skipped (0.0 s): an earlier step failed on this host
      ..:..:14 h1 warning: the clock is 3 s behind
      ..:..:17 unchanged: wait-ready
      "
    `);
  });

  test("-v adds each change, -vv each exchange, -vvv what it answered", () => {
    expect(told(1, story)).toContain("h1 install-containerd changed /etc/containerd/config.toml\n");
    expect(told(1, story)).not.toContain("apply 2 changes");
    expect(told(2, story)).toContain("h1 apply 2 changes (0.0 s)\n");
    expect(told(3, story)).toContain("h1 apply 2 changes (0.0 s)\nchanged\nchanged\n");
  });

  test("a line each 15 seconds says what is waited for, while nothing else is said", () => {
    const { bus, now, pass } = testBus();
    const lines: string[] = [];
    const { sink, close } = plainSink({ write: (line) => lines.push(line), verbosity: 0, now });
    bus.subscribe(sink);
    const wait = (milliseconds: number): void => {
      for (let left = milliseconds; left > 0; left -= 1000) {
        pass(1000);
        vi.advanceTimersByTime(1000);
      }
    };
    for (const event of [
      ...started("wait-ready", "h1"),
      { type: "waiting", phase: "wait-ready", host: "h1", reason: "coredns is not ready" } as const,
    ])
      bus.emit(event);
    wait(14_000);
    expect(lines).toEqual([]);
    wait(6_000);
    expect(lines).toEqual([expect.stringMatching(/^\S+ waiting for wait-ready on h1 \(coredns is not ready\)\n$/)]);
    wait(45_000);
    expect(lines).toHaveLength(4);
    for (const event of done("wait-ready", 0, "h1")) bus.emit(event);
    wait(60_000);
    expect(lines.at(-1)).toContain("unchanged: wait-ready");
    close();
    expect(vi.getTimerCount()).toBe(0);
  });
});

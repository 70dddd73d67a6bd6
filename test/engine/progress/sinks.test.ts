import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { WriteStream } from "node:tty";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createBus, type RunEvent } from "../../../src/engine/events.ts";
import { openRunLog } from "../../../src/engine/progress/run-log.ts";
import { attachSinks, chooseTelling, type SinkOptions } from "../../../src/engine/progress/sinks.ts";
import { secrets } from "../../../src/shared/secrets.ts";
import { begun, done, planned, started } from "./events.ts";

let home = "";
beforeEach(() => void (home = mkdtempSync(join(tmpdir(), "kbs-sinks-"))));
afterEach(() => rmSync(home, { recursive: true, force: true }));

/** A stream that remembers; a terminal of 80 columns when asked for. */
const notebook = (isTTY: boolean) => {
  let text = "";
  const write = (chunk: string | Uint8Array): boolean => {
    text += String(chunk);
    return true;
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- of a terminal's stream nothing but these is used
  const stream = { write, isTTY, columns: 80, rows: 24, on: () => stream, once: () => stream } as unknown as WriteStream;
  return { stream, text: () => text };
};

const attach = (options: Partial<SinkOptions>, isTTY = false) => {
  const [out, error] = [notebook(false), notebook(isTTY)];
  const bus = createBus();
  const attached = attachSinks(bus, {
    stdout: out.stream,
    stderr: error.stream,
    output: "text",
    quiet: false,
    verbosity: 0,
    env: {},
    color: false,
    version: "1.2.3",
    log: { env: { HOME: home }, name: "create-cluster", pid: 7 },
    ...options,
  });
  return { bus, attached, out: out.text, error: error.text };
};

describe("progress is told", () => {
  const wish = { output: "text", quiet: false, verbosity: 0, env: {}, isTerminal: true } as const;

  test("by rows on a terminal, by lines elsewhere", () => {
    expect(chooseTelling(wish)).toBe("terminal");
    expect(chooseTelling({ ...wish, isTerminal: false })).toBe("plain");
    expect(chooseTelling({ ...wish, env: { CI: "true" } })).toBe("plain");
    expect(chooseTelling({ ...wish, env: { TERM: "dumb" } })).toBe("plain");
    expect(chooseTelling({ ...wish, verbosity: 1 })).toBe("plain");
  });

  test("not at all when quiet, beside events, and beside an answer that goes into a pipe", () => {
    expect(chooseTelling({ ...wish, quiet: true })).toBe("silent");
    expect(chooseTelling({ ...wish, output: "events" })).toBe("silent");
    expect(chooseTelling({ ...wish, output: "document", isTerminal: false })).toBe("silent");
    expect(chooseTelling({ ...wish, output: "document" })).toBe("terminal");
  });
});

describe("a secret", () => {
  const secret = "S3cret/of the+day";
  const event: RunEvent = {
    type: "exchange",
    host: "h1",
    what: `login ${secret}`,
    took: 1,
    output: `${Buffer.from(secret).toString("base64")}\n${encodeURIComponent(secret)}`,
  };

  test("is masked in the log, in lines, in events and in what the summary reads", async () => {
    secrets.add(secret);
    const lines = attach({ verbosity: 3 });
    const events = attach({ output: "events", log: { env: { HOME: home }, name: "status", pid: 7 } });
    for (const { bus, attached } of [lines, events]) {
      bus.emit(event);
      bus.emit({ type: "error", error: { message: `refused ${secret}`, output: secret } });
      attached.note(`note ${secret}`);
      await attached.close();
    }
    const logs = readdirSync(join(home, ".local/state/kbs/logs")).map((name) =>
      readFileSync(join(home, ".local/state/kbs/logs", name), "utf8"),
    );
    const everything = [lines.error(), events.out(), JSON.stringify(lines.attached.model), ...logs].join("\n");
    for (const form of [secret, Buffer.from(secret).toString("base64"), encodeURIComponent(secret)]) expect(everything).not.toContain(form);
    expect(everything.match(/login \*\*\*/g)?.length).toBeGreaterThanOrEqual(4);
  });
});

const openLog = (name: string, second: number) =>
  openRunLog({ env: { XDG_STATE_HOME: home }, name, pid: 7, now: () => Date.UTC(2026, 0, 1, 0, 0, second) });

describe("the log of a run", () => {
  test("is its owner's alone, and the newest 20 of each command stay", () => {
    for (let second = 0; second < 25; second++) openLog("create-cluster", second).close();
    openLog("status", 1).close();
    writeFileSync(join(home, "kbs/logs/notes.txt"), "mine");
    const last = openLog("create-cluster", 30);
    last.close();
    const names = readdirSync(join(home, "kbs/logs")).toSorted();
    expect(names.filter((name) => name.includes("create-cluster"))).toHaveLength(20);
    expect(names).toContain("20260101-000030-create-cluster-7.log");
    expect(names).not.toContain("20260101-000005-create-cluster-7.log");
    expect(names).toContain("20260101-000001-status-7.log");
    expect(names).toContain("notes.txt");
    expect(statSync(last.path).mode & 0o777).toBe(0o600);
  });

  test("that the user names is closed to others even if it was open", () => {
    const path = join(home, "my.log");
    writeFileSync(path, "old", { mode: 0o644 });
    openRunLog({ env: {}, name: "status", pid: 7, file: path }).close();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, "utf8")).toBe("");
  });

  test("holds each exchange with what it answered, as it happens", async () => {
    const { bus, attached } = attach({});
    bus.emit({ type: "exchange", host: "h1", what: "apply /etc/hosts", took: 12, output: "changed\n+ 10.0.0.1 h1\n" });
    expect(readFileSync(attached.log ?? "", "utf8")).toMatch(
      /^\S+ exchange h1 apply \/etc\/hosts \(12 ms\)\n {4}changed\n {4}\+ 10\.0\.0\.1 h1\n$/,
    );
    await attached.close();
  });
});

const settle = (milliseconds: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, milliseconds));

describe("a terminal", () => {
  test("shows rows while the run lasts, steps aside for a question, and leaves nothing behind", async () => {
    const { bus, attached, out, error } = attach({}, true);
    bus.emit(begun);
    bus.emit(planned("install", "Install containerd", "h1", "h2"));
    for (const event of started("install", "h1", "h2")) bus.emit(event);
    await settle(700);
    expect(error()).toContain("Install containerd  0/2");
    const before = error().length;
    await attached.aside(async () => {
      const atRest = error().length;
      await settle(600);
      expect(error().length).toBe(atRest);
    });
    for (const event of done("install", 1, "h1")) bus.emit(event);
    await settle(700);
    expect(error().slice(before)).toContain("Install containerd  1/2");
    await attached.close();
    expect(error().endsWith("\u001B[?25h")).toBe(true);
    expect(out()).toBe("");
  });

  test("is drawn on at most four times a second, however many events there are", async () => {
    const { bus, attached, error } = attach({}, true);
    bus.emit(begun);
    bus.emit(planned("install", "Install containerd", "h1"));
    for (const event of started("install", "h1")) bus.emit(event);
    await settle(300);
    const before = error().split("Install containerd").length;
    const until = Date.now() + 1000;
    for (let sent = 0; Date.now() < until; sent += 1000) {
      for (let index = 0; index < 50; index++) bus.emit({ type: "bytes", host: "h1", sent: sent + index, total: 10_000_000 });
      await settle(10);
    }
    expect(error().split("Install containerd").length - before).toBeLessThanOrEqual(5);
    await attached.close();
  });
});

import { describe, expect, test } from "vitest";
import type { RunEvent } from "../../../src/engine/events.ts";
import { type RunEnd, type SummaryOptions, summaryText } from "../../../src/engine/progress/summary.ts";
import { begun, changed, done, failed, modelOf, planned, skipped } from "./events.ts";

const end: RunEnd = { type: "run-ended", exit: "done", changed: 0, took: 2300, next: [], log: "/logs/run.log" };

const summary = (events: readonly RunEvent[], ended: Partial<RunEnd>, options: Partial<SummaryOptions> = {}): string =>
  summaryText(
    modelOf([begun, planned("install", "Install containerd", "h1", "h2", "h3"), ...events]),
    { ...end, ...ended },
    {
      color: false,
      quiet: false,
      kind: "run",
      answered: false,
      warned: false,
      unchanged: "everything is as the file says",
      ...options,
    },
  );

const gone = (host: string): RunEvent => ({
  type: "host-failed",
  host,
  error: { message: `${host} refused the connection`, exit: "unreachable" },
});

const preflight = (ignored: boolean): RunEvent => ({
  type: "preflight",
  hosts: [{ host: "h1", asked: 40, passed: 39 }],
  findings: [
    {
      host: "h1",
      id: "memory",
      severity: ignored ? "warning" : "error",
      ignored,
      problem: "has 512 MiB of memory",
      remedy: "give it 2 GiB",
    },
  ],
});

describe("the end of a run", () => {
  test("that found nothing to do says so", () => {
    expect(summary(done("install", 0, "h1", "h2", "h3"), {})).toMatchInlineSnapshot(`
      "0 changes: everything is as the file says (2.3 s)
      log: /logs/run.log
      "
    `);
  });

  test("says what was done where, what comes next, and where the log is", () => {
    const many = Array.from({ length: 9 }, (_, index) => `/etc/file-${index}`);
    expect(
      summary([...changed("install", "h1", ...many), ...changed("install", "h3", "containerd.service")], {
        changed: 10,
        took: 192_000,
        next: ["export KUBECONFIG=demo.kubeconfig", "kubectl get nodes"],
      }),
    ).toMatchInlineSnapshot(`
      "10 changes on 2 hosts (3 min 12 s)
        h1  9 changes: /etc/file-0, /etc/file-1, /etc/file-2, /etc/file-3, /etc/file-4, /etc/file-5 and 3 more
        h3  1 change: containerd.service
      next:
        export KUBECONFIG=demo.kubeconfig
        kubectl get nodes
      log: /logs/run.log
      "
    `);
  });

  test("tells each failure with its five answers, and hosts that were skipped", () => {
    expect(
      summary(
        [
          {
            type: "unit-ended",
            phase: "install",
            host: "h2",
            state: "failed",
            changed: 0,
            took: 10,
            error: {
              message: "containerd did not start",
              exit: "phase",
              command: "systemctl start containerd",
              output: "Job for containerd.service failed\nSee systemctl status",
              probably: "another program listens on its socket",
              hint: "stop it, then run the same command again",
            },
          },
          skipped("join", "h2", "an earlier step failed on this host"),
          skipped("join", "h3", "it needs start on h2, which was not done"),
        ],
        { exit: "phase" },
      ),
    ).toMatchInlineSnapshot(`
      "error: h2: Install containerd: containerd did not start
        command:  systemctl start containerd
        printed:  Job for containerd.service failed
                  See systemctl status
        probably: another program listens on its socket
        next:     stop it, then run the same command again
      skipped: h3: join: it needs start on h2, which was not done
      nothing was changed (2.3 s)
      log: /logs/run.log
      "
    `);
  });

  test("tells a cause that many hosts share once", () => {
    const told = summary([gone("h1"), gone("h2"), failed("install", "h3", "no space left on device", "free some")], { exit: "phase" });
    expect(told.match(/^error:.*/gm)).toMatchInlineSnapshot(`
      [
        "error: 2 hosts (h1, h2): this host refused the connection",
        "error: h3: Install containerd: no space left on device",
      ]
    `);
  });

  test("shows the table of preflight when a host is not fit, and only then", () => {
    expect(summary([preflight(false)], { exit: "preflight" })).toMatchInlineSnapshot(`
      "HOST  PASSED  WARNINGS  ERRORS
      h1    39/40   0         1

      error    h1  memory
        has 512 MiB of memory
        fix:  give it 2 GiB

      39 checks passed on 1 host, 0 warnings, 1 error
      nothing was changed (2.3 s)
      log: /logs/run.log
      "
    `);
    expect(summary([preflight(true)], {})).not.toContain("memory");
  });

  test("names what an interruption left undone", () => {
    const cancelled: RunEvent = { type: "unit-ended", phase: "install", host: "h1", state: "cancelled", changed: 0, took: 0 };
    const error: RunEvent = { type: "error", error: { message: "interrupted", hint: "run the same command again to go on" } };
    expect(summary([cancelled, error], { exit: "interrupted" })).toMatchInlineSnapshot(`
      "error: interrupted
        next:     run the same command again to go on
      not done: h1: Install containerd
      nothing was changed (2.3 s)
      log: /logs/run.log
      "
    `);
  });

  test("is silent when quiet and all went well, and when the answer of a read said it", () => {
    const changes = changed("install", "h1", "/etc/hosts");
    expect(summary(changes, { changed: 1 }, { quiet: true })).toBe("");
    expect(summary([failed("install", "h1", "gone")], { exit: "unreachable" }, { kind: "read", answered: true })).toBe("");
    expect(summary([failed("install", "h1", "gone")], { exit: "unreachable" }, { kind: "read" })).toContain("gone");
  });

  test("of a long output shows the last lines", () => {
    const output = Array.from({ length: 40 }, (_, index) => `line ${index}`).join("\n");
    const told = summary([{ type: "error", error: { message: "it failed", command: "make", output } }], { exit: "phase" });
    expect(told).toContain("line 39");
    expect(told).not.toContain("line 27\n");
  });
});

import { expect, test } from "vitest";
import { holder, journal } from "../../src/facts/journal.ts";

test("a journal is read past lines that power loss has cut short, and says what was there by its kind", () => {
  const known = journal.parse(
    [
      "@@ run 000007-0f3a-run",
      "by alice@laptop",
      "pid 4711",
      "command kbs apply -f 'it is.yaml'",
      "started 2026-11-21T14:05:02.123Z",
      "ended interrupted 2026-11-21T14:06:00.000Z",
      "@@ run 000008-next",
      "@@ journal",
      "2026-11-21T14:05:03Z 0f3a-run begun path:/etc/hosts",
      "2026-11-21T14:05:03Z 0f3a-run beg",
      "2026-11-21T14:05:03Z 0f3a-run done",
      "-11-21T14:05:03Z 0f3a-run done path:/x",
      "2026-11-21T14:05:04Z 0f3a-run done command:with blanks in it",
      "",
      "@@ before",
      "file 644\tpath:/etc/hosts",
      "absent\tpath:/srv/new",
      "",
    ].join("\n"),
    0,
  );
  expect(known).toEqual({
    runs: [
      {
        run: "0f3a-run",
        by: "alice@laptop",
        pid: 4711,
        command: "kbs apply -f 'it is.yaml'",
        started: "2026-11-21T14:05:02.123Z",
        end: { how: "interrupted", at: "2026-11-21T14:06:00.000Z" },
      },
      { run: "next" },
    ],
    lines: [
      { time: "2026-11-21T14:05:03Z", run: "0f3a-run", word: "begun", change: "path:/etc/hosts" },
      { time: "2026-11-21T14:05:04Z", run: "0f3a-run", word: "done", change: "command:with blanks in it" },
    ],
    before: new Map([
      ["path:/etc/hosts", "file 644"],
      ["path:/srv/new", "absent"],
    ]),
  });
});

test("a host is nobody's when no run is named there, and somebody's though the process is gone", () => {
  expect(holder.parse("", 0)).toBeUndefined();
  expect(holder.parse("@@ run\n0f3a\n@@ record\nby bob@b\n@@ alive\n", 0)).toEqual({ run: "0f3a", by: "bob@b", alive: false });
  expect(holder.parse("@@ run\n0f3a\n@@ record\n@@ alive\nyes\n", 0)).toEqual({ run: "0f3a", alive: true });
});

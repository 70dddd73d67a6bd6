import { expect, test } from "vitest";
import { historyText } from "../../src/commands/history-text.ts";

const numbers = { begun: 3, done: 2, left: 1, undone: 0, open: 0 };

test("a history names each run with who, what, by which plan, and its end on each host", () => {
  const text = historyText(
    {
      cluster: "demo",
      runs: [
        {
          run: "0f3a-second",
          by: "alice@laptop",
          pid: 4711,
          command: "kbs apply plan.kbs",
          kbs: "0.1.0",
          plan: "sha256:abc",
          started: "2026-11-21T14:05:02.123Z",
          hosts: [
            { host: "cp1", end: "done", ...numbers },
            { host: "w1", end: "cut off", ...numbers, done: 1, open: 1 },
          ],
        },
        { run: "-", started: "2026-11-20T09:00:00Z", hosts: [{ host: "cp1", end: "cut off", ...numbers, done: 0, undone: 3 }] },
      ],
      silent: [{ host: "w2", problem: "no route to host" }],
    },
    false,
  );
  expect(text).toMatchInlineSnapshot(`
    "2026-11-21 14:05:02Z  alice@laptop (process 4711)  0f3a-second
      kbs apply plan.kbs
      kbs 0.1.0, plan sha256:abc
      HOST  BEGUN  DONE  LEFT  UNDONE  END
      cp1   3      2     1     0       done
      w1    3      1     1     0       cut off, 1 open

    2026-11-20 09:00:00Z  nobody wrote down who  -
      HOST  BEGUN  DONE  LEFT  UNDONE  END
      cp1   3      0     1     3       cut off

    silent: w2: no route to host
    "
  `);
});

test("one run shows its changes in order, with the kind of thing that was there before", () => {
  const changes = [
    { change: "path:/etc/hosts", state: "done", time: "2026-11-21T14:05:03Z", before: "file 644" },
    { change: "service:kubelet", state: "begun", time: "2026-11-21T14:05:04Z" },
  ] as const;
  const runs = [
    { run: "0f3a", started: "2026-11-21T14:05:02Z", hosts: [{ host: "cp1", end: "failed", ...numbers, open: 1, changes }] },
  ] as const;
  expect(historyText({ cluster: "demo", runs, silent: [] }, false)).toMatchInlineSnapshot(`
    "2026-11-21 14:05:02Z  nobody wrote down who  0f3a
      HOST  BEGUN  DONE  LEFT  UNDONE  END
      cp1   3      2     1     0       failed, 1 open

    cp1
      TIME                  STATE  CHANGE
      2026-11-21 14:05:03Z  done   path:/etc/hosts  before: file 644
      2026-11-21 14:05:04Z  begun  service:kubelet
    "
  `);
});

test("a fleet that kbs never changed says so", () => {
  expect(historyText({ cluster: "demo", runs: [], silent: [] }, false)).toBe("no host of demo knows of a run that changed it\n");
});

import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { interrupted } from "../../src/commands/prompt.ts";
import { keepEvents } from "../../src/engine/progress/kept-events.ts";
import { begun, testBus } from "../engine/progress/events.ts";
import { ended, linesOf } from "../engine/report/story.ts";
import { runKbs, withFolder } from "./run-kbs.ts";

/** Keeps a run as a session does. */
const keep = (home: string, run: string, second: number): void => {
  const { bus } = testBus();
  const events = keepEvents({ env: { HOME: home }, name: "create-cluster", pid: second }, "1.2.3", () =>
    Date.UTC(2026, 0, 2, 12, 3, second),
  );
  bus.subscribe(events.sink);
  bus.emit({ ...begun, run });
  bus.emit(ended({ changed: second }));
  events.close();
};

describe("kbs report", () => {
  test("writes the newest run's page, for its owner alone, and says where", async () => {
    await withFolder(async (cwd) => {
      keep(cwd, "aaaaaaaa-1", 1);
      keep(cwd, "bbbbbbbb-2", 2);
      const { code, stdout } = await runKbs(["report"], { cwd });
      const path = join(cwd, "demo-bbbbbbbb.html");
      expect([code, stdout]).toEqual([0, `${path}\n`]);
      expect(readFileSync(path, "utf8")).toMatch(/^<!doctype html>[^]*<code>bbbbbbbb-2<\/code>[^]*<\/html>\n$/);
      expect(statSync(path).mode & 0o777).toBe(0o600);
    });
  });

  test("takes a run by how its id begins, or by its name", async () => {
    await withFolder(async (cwd) => {
      keep(cwd, "aaaaaaaa-1", 1);
      keep(cwd, "bbbbbbbb-2", 2);
      for (const word of ["aaaa", "20260102-120301-create-cluster-1"]) {
        const { stdout } = await runKbs(["report", word, "--out", "-"], { cwd });
        expect(stdout).toContain("<code>aaaaaaaa-1</code>");
      }
    });
  });

  test("lists the runs that are kept, newest first, and writes nothing", async () => {
    await withFolder(async (cwd) => {
      keep(cwd, "aaaaaaaa-1", 1);
      keep(cwd, "bbbbbbbb-2", 2);
      const { stdout } = await runKbs(["report", "--list"], { cwd });
      expect(stdout).toBe(
        [
          "RUN       BEGAN (UTC)          CLUSTER  EXIT  CHANGES  TOOK   COMMAND",
          "bbbbbbbb  2026-01-02 12:03:04  demo     done  2        1.0 s  kbs create cluster",
          "aaaaaaaa  2026-01-02 12:03:04  demo     done  1        1.0 s  kbs create cluster",
          "",
        ].join("\n"),
      );
      expect(existsSync(join(cwd, "demo-bbbbbbbb.html"))).toBe(false);
      expect((await runKbs(["report", "--list"], { cwd: join(cwd, "empty") })).stdout).toBe("no runs are kept\n");
    });
  });

  test("reads a file of events, and keeps names that lead elsewhere in the working directory", async () => {
    await withFolder(async (cwd) => {
      const lines = linesOf([{ ...begun, cluster: "../../etc/demo", run: "../x" }, ended()]);
      writeFileSync(join(cwd, "events.ndjson"), `${lines.join("\n")}\n`);
      const { stdout } = await runKbs(["report", "events.ndjson"], { cwd });
      expect(stdout).toBe(`${join(cwd, "etc-demo-x.html")}\n`);
    });
  });

  test("does not write through the link of another, nor over what is no file", async () => {
    await withFolder(async (cwd) => {
      keep(cwd, "aaaaaaaa-1", 1);
      mkdirSync(join(cwd, "folder"));
      const { code, stderr } = await runKbs(["report", "--out", "folder"], { cwd });
      expect(code).toBe(2);
      expect(stderr).toContain("it is no regular file");
    });
  });

  test("shows a run that ended before its configuration was read", async () => {
    await withFolder(async (cwd) => {
      await runKbs(["create", "cluster", "-f", "/nowhere.yaml"], { cwd });
      const { code, stdout } = await runKbs(["report", "-q", "--out", "-"], { cwd });
      expect(code).toBe(0);
      expect(stdout).toContain("/nowhere.yaml");
      expect((await runKbs(["report", "--list"], { cwd })).stdout).toMatch(/<none> +usage +0 /);
    });
  });

  test("keeps no run of a command that only reads", async () => {
    await withFolder(async (cwd) => {
      await runKbs(["status", "-f", "/nowhere.yaml"], { cwd });
      const { code, stderr } = await runKbs(["report"], { cwd });
      expect(code).toBe(2);
      expect(stderr).toContain("no run of yours is kept on this machine");
    });
  });

  test.each([
    ["nobody", 'there is neither a run nor a file "nobody"', '"kbs report --list" shows'],
    ["a", 'more than one run begins with "a"', "type more of its id"],
    ["wrong.ndjson", "wrong.ndjson:1: this is not JSON", "--output json"],
    ["/", "/ cannot be read", "is it a file"],
  ])("of %s says what is wrong with it", async (word, sentence, hint) => {
    await withFolder(async (cwd) => {
      keep(cwd, "aaaaaaaa-1", 1);
      keep(cwd, "abbbbbbb-2", 2);
      writeFileSync(join(cwd, "wrong.ndjson"), "kind: Cluster\n");
      const { code, stderr } = await runKbs(["report", word], { cwd });
      expect(code).toBe(2);
      expect(stderr).toContain(sentence);
      expect(stderr).toContain(hint);
    });
  });

  test("ends at Ctrl-C", async () => {
    await withFolder(async (cwd) => {
      keep(cwd, "aaaaaaaa-1", 1);
      const { code, stdout } = await runKbs(["report", "--out", "-"], { cwd, signal: AbortSignal.abort(interrupted()) });
      expect([code, stdout]).toEqual([130, ""]);
    });
  });

  test("takes an id of digits alone for a word", async () => {
    await withFolder(async (cwd) => {
      keep(cwd, "01234567-1", 1);
      expect((await runKbs(["report", "01234567", "--out", "-"], { cwd })).stdout).toContain("<code>01234567-1</code>");
    });
  });

  test("of an empty standard input says so", async () => {
    const { code, stderr } = await runKbs(["report", "-"]);
    expect(code).toBe(2);
    expect(stderr).toContain("standard input holds no events");
  });

  test("is completed with the runs that are kept, and with files where none fits", async () => {
    await withFolder(async (cwd) => {
      keep(cwd, "aaaaaaaa-1", 1);
      keep(cwd, "bbbbbbbb-2", 2);
      expect((await runKbs(["__complete", "report", "b"], { cwd })).stdout).toBe("bbbbbbbb\t20260102-120302-create-cluster-2 demo done\n");
      expect((await runKbs(["__complete", "report", "./x"], { cwd })).stdout).toBe(":files\n");
    });
  });
});

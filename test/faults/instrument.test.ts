import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { until } from "../lab/process.ts";
import { passedIn } from "./boundary.ts";
import { boundary, meetingPlace, rewritten } from "./instrument.ts";

describe("the modules that write the journal", () => {
  const modules = Object.entries(rewritten);

  test.each(modules)("%s has its boundaries where the bench looks for them", (module, rewrite) => {
    const source = readFileSync(join(import.meta.dirname, "../..", module), "utf8");
    const watched = rewrite(source);
    expect(watched.split('boundary "').length).toBeGreaterThan(1);
    expect(watched.length).toBeGreaterThan(source.length + boundary.length);
  });

  test.each(modules)("%s without its line of the journal is refused, not left unwatched", (_, rewrite) => {
    expect(() => rewrite("export const nothing = 1;\n")).toThrow("0 places match");
  });
});

describe("a script at a boundary", () => {
  let place: string;
  beforeEach(() => {
    place = mkdtempSync(join(tmpdir(), "kbs-boundary-"));
  });
  afterEach(() => rmSync(place, { recursive: true, force: true }));

  const start = (script: string) => {
    const child = spawn("setsid", ["sh", "-c", `${boundary.replaceAll(meetingPlace, place)}\n${script}`], { stdio: "ignore" });
    return { child, ended: once(child, "close") };
  };
  const passed = (): string[] => passedIn("h1", readFileSync(join(place, "passed"), "utf8")).map(({ word, what }) => `${word} ${what}`);

  test("nobody watches: it goes on and leaves nothing", async () => {
    rmSync(place, { recursive: true });
    expect(await start("boundary 'begun a'").ended).toEqual([0, null]);
    expect(existsSync(place)).toBe(false);
  });

  test("it is counted, and the script's own variables stay as they were", async () => {
    expect(await start("w=1; n=2; up=3; boundary 'begun path:/a b'; boundary 'done path:/a b'; [ $w$n$up = 123 ]").ended).toEqual([
      0,
      null,
    ]);
    expect(passed()).toEqual(["begun path:/a b", "done path:/a b"]);
  });

  test("it stops at the first of those that were named, tells which and its session, and goes on when it is let go", async () => {
    writeFileSync(join(place, "at"), "2 done x.*\n1 done last\n");
    const { child, ended } = start("boundary 'done x.*'; boundary 'done xyz'; boundary 'done x.*'; boundary 'done last'");
    expect(await until(() => existsSync(join(place, "reached")), 20_000)).toBe(true);
    expect(readFileSync(join(place, "reached"), "utf8")).toBe(`${child.pid} 2 done x.*\n`);
    expect(passed()).toEqual(["done x.*", "done xyz", "done x.*"]);
    writeFileSync(join(place, "go"), "");
    expect(await ended).toEqual([0, null]);
    expect(passed()).toHaveLength(4);
  });

  test("two scripts at once are both counted, and only one of them stops", async () => {
    writeFileSync(join(place, "at"), "1 done a\n2 done a\n");
    const many = "for i in 1 2 3 4 5 6 7 8 9 10; do boundary 'done b'; done; boundary 'done a'";
    const runs = [start(many), start(many)];
    await Promise.race(runs.map(({ ended }) => ended));
    expect(await until(() => existsSync(join(place, "reached")), 20_000)).toBe(true);
    writeFileSync(join(place, "go"), "");
    await Promise.all(runs.map(({ ended }) => ended));
    expect(passed()).toHaveLength(22);
  });
});

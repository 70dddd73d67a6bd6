import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { processTimes } from "../../../src/phases/common/process-times.ts";

let folder: string;
const started: ChildProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kbs-times-"));
});
afterAll(async () => {
  for (const child of started) child.kill();
  await rm(folder, { recursive: true });
});

/** Milliseconds since the epoch that a line of the functions tells. */
const told = (line: string): number => Number(execFileSync("/bin/sh", ["-c", `${processTimes}\n${line}`]).toString()) * 10;

test("a process is known to have begun to the hundredth of a second, in whatever part of a second that was", async () => {
  for (const nth of [0, 1, 2, 3]) {
    const name = `t${process.pid}-${nth}`;
    await copyFile("/bin/sleep", join(folder, name));
    const before = Date.now();
    const child = spawn(join(folder, name), ["60"], { stdio: "ignore" });
    started.push(child);
    await once(child, "spawn");
    const after = Date.now();
    const begun = told(`begun ${name}`);
    expect(begun).toBeGreaterThanOrEqual(before - 30);
    // Between the two clocks that it reads the shell may have to wait.
    expect(begun).toBeLessThan(after + 2000);
    await sleep(270);
  }
});

test("nothing has begun where no process has that name", () => {
  expect(told("begun nobody-of-that")).toBe(0);
});

test("of several the youngest counts, and of a long name its first fifteen letters", async () => {
  const name = `u${process.pid}-of-many-letters`;
  await copyFile("/bin/sleep", join(folder, name));
  for (const _ of [0, 1]) {
    const child = spawn(join(folder, name), ["60"], { stdio: "ignore" });
    started.push(child);
    await once(child, "spawn");
    await sleep(300);
  }
  expect(told(`begun ${name}`)).toBeGreaterThan(Date.now() - 600);
});

test("a file is known to have been written to the hundredth of a second", async () => {
  const file = join(folder, "file");
  await writeFile(file, "");
  await utimes(file, 1_700_000_000.25, 1_700_000_000.25);
  expect(told(`written ${file}`)).toBe(1_700_000_000_250);
});

import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { cached } from "./cache.ts";
import { tryCommand } from "./command.ts";
import { identify, until } from "./process.ts";

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "kbs-cache-"));
  process.env["KBS_LAB_CACHE"] = directory;
});
afterEach(async () => {
  delete process.env["KBS_LAB_CACHE"];
  await rm(directory, { recursive: true });
});

const quiet = (): void => undefined;

const failing = async (half: string): Promise<void> => {
  await writeFile(join(half, "file"), "half");
  throw new Error("no disk left");
};

// The lock is flock's, of util-linux; process numbers are looked up in /proc.
describe.runIf(process.platform === "linux")("the cache", () => {
  test("makes a thing once for equal inputs, and anew for others", async () => {
    let made = 0;
    const make = async (half: string): Promise<void> => {
      made += 1;
      await writeFile(join(half, "file"), String(made));
    };
    const first = await cached("thing", { version: 1 }, quiet, make);
    expect(await cached("thing", { version: 1 }, quiet, make)).toBe(first);
    const second = await cached("thing", { version: 2 }, quiet, make);
    expect([made, await readFile(join(first, "file"), "utf8"), await readFile(join(second, "file"), "utf8")]).toEqual([2, "1", "2"]);
  });

  test("makes a thing once when two ask at the same time", async () => {
    let made = 0;
    const make = async (): Promise<void> => {
      made += 1;
    };
    const [left, right] = await Promise.all([cached("thing", {}, quiet, make), cached("thing", {}, quiet, make)]);
    expect([left === right, made]).toEqual([true, 1]);
  });

  test("keeps nothing of a making that failed, and clears away what a killed process left", async () => {
    await mkdir(join(directory, ".half-thing-1"), { recursive: true });
    await expect(cached("thing", {}, quiet, failing)).rejects.toThrow("no disk left");
    expect(await readdir(directory)).toEqual(["thing.lock"]);
  });
});

describe.runIf(process.platform === "linux")("a command", () => {
  test("that takes too long is ended with all that it started", async () => {
    const file = join(directory, "pid");
    const hanging = tryCommand("sh", ["-c", `sleep 60 & echo $! > ${file}; wait`], { timeout: 500 });
    await expect(hanging).rejects.toThrow("did not end within 0.5 s");
    const child = Number(await readFile(file, "utf8"));
    expect(await until(() => identify(child) === undefined, 2000)).toBe(true);
  });

  test("reads its input from a file, and its failing is an answer", async () => {
    await writeFile(join(directory, "input"), "from a file");
    const output = await tryCommand("sh", ["-c", "cat; echo no >&2; exit 3"], { timeout: 5000, inputFile: join(directory, "input") });
    expect(output).toEqual({ code: 3, stdout: "from a file", stderr: "no\n" });
    expect(existsSync(join(directory, "input"))).toBe(true);
  });
});

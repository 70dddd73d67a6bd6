import {
  chmodSync,
  existsSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { writeOwnFile } from "../../src/shared/own-file.ts";

let folder = "";
const at = (...names: readonly string[]): string => join(folder, ...names);
const modeOf = (path: string): number => statSync(path).mode & 0o777;
const text = (path: string): string => readFileSync(path, "utf8");

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kbs-own-"));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

/** Makes what is at the path another user's: really so where that is allowed, else by being someone else from here on. */
const giveAway = (path: string): void => {
  if (process.getuid?.() === 0) lchownSync(path, 65_534, 65_534);
  else vi.spyOn(process, "getuid").mockReturnValue(4_000_000);
};

describe("a file of one's own", () => {
  test("is written for its owner alone, and leaves nothing beside it", async () => {
    expect(await writeOwnFile(at("demo.kubeconfig"), "secret\n")).toBe(true);
    expect(text(at("demo.kubeconfig"))).toBe("secret\n");
    expect(modeOf(at("demo.kubeconfig"))).toBe(0o600);
    expect(readdirSync(folder)).toEqual(["demo.kubeconfig"]);
  });

  test("is replaced as a whole: who has it open goes on reading the old one", async () => {
    await writeOwnFile(at("f"), "old");
    const old = statSync(at("f")).ino;
    await writeOwnFile(at("f"), "new");
    expect(text(at("f"))).toBe("new");
    expect(statSync(at("f")).ino).not.toBe(old);
  });

  test("stays as it is when it holds the same already, but is closed to others", async () => {
    writeFileSync(at("f"), "same");
    chmodSync(at("f"), 0o644);
    const { ino, mtimeMs } = statSync(at("f"));
    expect(await writeOwnFile(at("f"), "same")).toBe(false);
    expect(statSync(at("f"))).toMatchObject({ ino, mtimeMs });
    expect(modeOf(at("f"))).toBe(0o600);
  });

  test("may be reached over one's own links, which stay links", async () => {
    mkdirSync(at("real"));
    writeFileSync(at("real", "config"), "old");
    symlinkSync("real", at("folder"));
    symlinkSync("../real/config", at("real", "link"));
    await writeOwnFile(at("folder", "link"), "new");
    expect(text(at("real", "config"))).toBe("new");
    expect(readdirSync(at("real"))).toEqual(["config", "link"]);
  });

  test("may be named by a link that leads to no file yet", async () => {
    mkdirSync(at("real"));
    symlinkSync(at("real", "later"), at("link"));
    await writeOwnFile(at("link"), "new");
    expect(text(at("real", "later"))).toBe("new");
  });
});

describe("what is refused", () => {
  test("somebody else's link in the place of the file", async () => {
    writeFileSync(at("victim"), "untouched");
    symlinkSync(at("victim"), at("link"));
    giveAway(at("link"));
    await expect(writeOwnFile(at("link"), "secret")).rejects.toThrow(`${at("link")} is a link that belongs to another user`);
    expect(text(at("victim"))).toBe("untouched");
  });

  test("somebody else's link on the way to it", async () => {
    mkdirSync(at("real"));
    symlinkSync("real", at("folder"));
    giveAway(at("folder"));
    await expect(writeOwnFile(at("folder", "f"), "secret")).rejects.toThrow(`${at("folder")} is a link that belongs to another user`);
    expect(readdirSync(at("real"))).toEqual([]);
  });

  test("somebody else's link behind one's own", async () => {
    symlinkSync("theirs", at("mine"));
    symlinkSync(at("f"), at("theirs"));
    giveAway(at("theirs"));
    await expect(writeOwnFile(at("mine"), "secret")).rejects.toThrow("is a link that belongs to another user");
    expect(existsSync(at("f"))).toBe(false);
  });

  test("a file of somebody else", async () => {
    writeFileSync(at("f"), "theirs");
    giveAway(at("f"));
    await expect(writeOwnFile(at("f"), "secret")).rejects.toThrow("it belongs to another user");
    expect(text(at("f"))).toBe("theirs");
  });

  test("a folder, and links that lead in a circle", async () => {
    mkdirSync(at("folder"));
    symlinkSync("b", at("a"));
    symlinkSync("a", at("b"));
    await expect(writeOwnFile(at("folder"), "secret")).rejects.toThrow("it is no regular file");
    await expect(writeOwnFile(at("a"), "secret")).rejects.toThrow("its links go in a circle");
  });

  test("a folder that is not there, with a sentence and without the text", async () => {
    const error = await writeOwnFile(at("no", "f"), "secret").catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "UserError", message: expect.stringContaining(`${at("no", "f")} cannot be written: ENOENT`) });
    expect(JSON.stringify(error)).not.toContain("secret");
  });
});

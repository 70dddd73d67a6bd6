import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { command } from "./command.ts";
import { type LayerEntries, packLayer, stageLayer } from "./layer.ts";

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "kbs-layer-"));
});
afterEach(() => rm(directory, { recursive: true }));

const entries = (): LayerEntries => ({
  "usr/local/bin/program": { from: join(directory, "program"), mode: 0o755 },
  "etc/passwd": { text: "root:x:0:0:root:/root:/sbin/nologin\n", mode: 0o644 },
  "bin/link": { link: "program" },
  tmp: { directory: 0o1777 },
});

const pack = async (name: string, what: LayerEntries): Promise<string> => {
  await stageLayer(join(directory, name), what);
  const tar = join(directory, `${name}.tar`);
  await packLayer(join(directory, name), tar);
  return tar;
};

const digest = async (path: string): Promise<string> =>
  createHash("sha256")
    .update(await readFile(path))
    .digest("hex");

// The options are those of GNU tar, which every Linux has.
describe.runIf(process.platform === "linux")("an image layer", () => {
  beforeEach(() => writeFile(join(directory, "program"), "a program\n", { mode: 0o700 }));

  test("is the same bytes whatever the order, the day and the file's own mode", async () => {
    const first = await digest(await pack("first", entries()));
    await writeFile(join(directory, "program"), "a program\n", { mode: 0o777 });
    await utimes(join(directory, "program"), 1, 1);
    const backwards = Object.fromEntries(Object.entries(entries()).toReversed());
    expect(await digest(await pack("second", backwards))).toBe(first);
  });

  test("is other bytes when a content differs", async () => {
    const first = await digest(await pack("first", entries()));
    await writeFile(join(directory, "program"), "b program\n");
    expect(await digest(await pack("second", entries()))).not.toBe(first);
  });

  test("has the modes asked for, and belongs to root", async () => {
    const listing = await command("tar", ["--list", "--verbose", "--numeric-owner", "--file", await pack("one", entries())], {
      timeout: 10_000,
    });
    expect(listing).toMatch(/^-rwxr-xr-x 0\/0 .* \.\/usr\/local\/bin\/program$/m);
    expect(listing).toMatch(/^-rw-r--r-- 0\/0 .* \.\/etc\/passwd$/m);
    expect(listing).toMatch(/^drwxrwxrwt 0\/0 .* \.\/tmp\/$/m);
    expect(listing).toMatch(/ \.\/bin\/link -> program$/m);
  });
});

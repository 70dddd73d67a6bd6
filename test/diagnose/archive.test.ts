import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type ArchiveFile, writeArchive } from "../../src/diagnose/archive.ts";
import { archiveFiles } from "../../src/diagnose/contents.ts";
import { judge } from "../../src/diagnose/judge.ts";
import { evidenceOf, journal, units } from "./scene.ts";

const run = promisify(execFile);
function* broken(): Generator<ArchiveFile> {
  yield { name: "a", text: "c" };
  throw new Error("out of words");
}
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "kbs-archive-"));
});
afterEach(() => rm(folder, { recursive: true }));

const evidence = evidenceOf({
  h2: { ...units("inactive dead success"), kubeletLog: journal("kubelet", ["joins with abcdef.0123456789abcdef"]) },
});
const told = {
  version: "0.0.0",
  now: new Date("2026-11-21T13:50:00Z"),
  findings: judge(evidence),
  run: [{ name: "run/x.log", text: "http://u:hunter22pass@h/\n" }],
};

test("an archive is read by tar, holds a folder for each host, and only its owner can read it", async () => {
  const path = join(folder, "x.tar.gz");
  await writeArchive(path, archiveFiles(evidence, told));
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  const { stdout } = await run("tar", ["-tzf", path]);
  const names = stdout.trim().split("\n");
  for (const name of [
    "README.txt",
    "findings.json",
    "hosts/h1/kubelet.log",
    "hosts/h2/system-pods.log",
    "hosts/h1/etcd-metrics.txt",
    "api/nodes.json",
    "run/x.log",
  ])
    expect(names).toContain(name);
  expect(new Set(names).size).toBe(names.length);
  await run("tar", ["-xzf", path, "-C", folder]);
  const findings: { findings: { rule: string }[] } = JSON.parse(await readFile(join(folder, "findings.json"), "utf8"));
  expect(findings.findings.map(({ rule }) => rule)).toEqual(["kubelet-stopped"]);
  expect(await readFile(join(folder, "hosts/h2/kubelet.log"), "utf8")).toContain("joins with abcdef.***");
  expect(await readFile(join(folder, "run/x.log"), "utf8")).toBe("http://u:***@h/\n");
});

test("an archive that was there is replaced as a whole, and nothing half-written stays", async () => {
  const path = join(folder, "x.tar.gz");
  await writeFile(path, "old", { mode: 0o644 });
  await writeArchive(path, [{ name: "a", text: "b" }]);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  await expect(writeArchive(path, broken())).rejects.toThrow(/the archive cannot be written .*out of words/);
  expect(await readdir(folder)).toEqual(["x.tar.gz"]);
  expect((await run("tar", ["-tzf", path])).stdout).toBe("a\n");
});

test("a folder that is not there is told as a sentence, with what to do", async () => {
  const nowhere = join(folder, "no/x.tar.gz");
  await expect(writeArchive(nowhere, [])).rejects.toMatchObject({ details: { hint: "name another file by --out" } });
});

test("a link of this user's is followed, not replaced", async () => {
  await symlink(join(folder, "real.tar.gz"), join(folder, "link.tar.gz"));
  await writeArchive(join(folder, "link.tar.gz"), [{ name: "a", text: "b" }]);
  expect((await readdir(folder)).toSorted()).toEqual(["link.tar.gz", "real.tar.gz"]);
});

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { etcdDataIn } from "../../src/facts/etcd-data.ts";

let root = "";
beforeEach(() => (root = mkdtempSync(join(tmpdir(), "kbs etcd-"))));
afterEach(() => rmSync(root, { recursive: true }));

const ask = (folder: string): boolean => {
  const { question, parse } = etcdDataIn(folder);
  const { status, stdout } = spawnSync("/bin/sh", ["-c", question.script], { encoding: "utf8" });
  expect(status).toBe(0);
  return parse(stdout, status ?? 1);
};

test("a folder that is not there or empty, as a new filesystem is, has no data", () => {
  expect(ask(join(root, "nowhere"))).toBe(false);
  expect(ask(root)).toBe(false);
  mkdirSync(join(root, "lost+found"));
  expect(ask(root)).toBe(false);
});

test("whatever else lies in it counts", () => {
  mkdirSync(join(root, "lost+found"));
  writeFileSync(join(root, ".old"), "");
  expect(ask(root)).toBe(true);
});

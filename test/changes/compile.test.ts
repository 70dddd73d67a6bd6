import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import type { HostChange } from "../../src/changes/change.ts";
import { changeId } from "../../src/changes/change.ts";
import { compileAsk, compileBlobs, compileChanges, compileRun } from "../../src/changes/compile.ts";
import { hold } from "../../src/changes/sh/hold.ts";
import { loader } from "../../src/changes/sh/loader.ts";
import { undoScript } from "../../src/changes/sh/undo.ts";

const ticket = { cluster: { id: "c", name: "it's" }, run: "r'un" };
const secret = "s3cr3t of this cluster";
const blob = { digest: `sha256:${"a".repeat(64)}`, size: 10 };

/** One change of every kind. */
const every: readonly HostChange[] = [
  { kind: "file", path: "/f", content: secret, mode: 0o600, secret: true },
  { kind: "made", path: "/m", mode: 0o600, secret: true, what: "a key", reason: "it is missing", make: () => Buffer.from(secret) },
  { kind: "made", path: "/k", mode: 0o600, secret: true, what: "a key", keep: "b".repeat(64), make: () => Buffer.from(secret) },
  { kind: "directory", path: "/d", mode: 0o755, data: true },
  { kind: "absent", path: "/a" },
  { kind: "binary", path: "/b", mode: 0o755, digest: "c".repeat(64), blob, encoding: "gzip" },
  { kind: "images", group: "node", images: [{ name: "pause:1", manifest: { ...blob, mediaType: "x" }, blobs: [blob] }] },
  { kind: "module", name: "br_netfilter" },
  { kind: "sysctl", key: "net.ipv4.ip_forward", value: "1" },
  { kind: "swap", wanted: "off" },
  { kind: "hostname", name: "node" },
  { kind: "service", unit: "kubelet.service", inputs: ["/f"], ready: "true" },
  { kind: "static-pod", name: "etcd", inputs: ["/f"] },
  { kind: "command", name: "it's a command", check: "false", apply: "echo 'it'\"s\"", undo: "true" },
];

const change = (reading: "check" | "apply") => compileChanges({ kind: "change", reading, ticket, changes: every });

const scripts: readonly (readonly [string, string])[] = [
  ["the loader", loader],
  ["check", change("check").script],
  ["apply", change("apply").script],
  ["ask", compileAsk({ kind: "ask", questions: [{ id: "q", script: "echo 'x'" }] }).script],
  ["run", compileRun({ kind: "run", script: "echo 'x'", ticket }, 5).script],
  ["blobs", compileBlobs({ kind: "blobs", ticket, blobs: [blob], read: async function* () {} }).script],
  ["hold", hold],
  ["undo", undoScript],
];

describe("a script", () => {
  test.each(scripts)("of kind %s is understood by every shell of a host", (_, script) => {
    for (const shell of ["dash", "bash"]) execFileSync(shell, ["-n", "-c", script], { stdio: "pipe" });
    // What bash has and a POSIX shell has not.
    expect(script).not.toMatch(/(^|\s)\[\[\s|\bfunction \w|<<<|\blocal \w|&>/);
  });

  test("holds no content: that travels behind it", () => {
    for (const reading of ["check", "apply"] as const) expect(change(reading).script).not.toContain(secret);
    expect(change("check").contents).toEqual([]);
    expect(change("apply").contents.map(String)).toEqual([secret, secret]);
  });

  test("is the same for the same changes", () => {
    expect(change("apply").script).toBe(change("apply").script);
  });
});

test("the loader is the same for every message, and short", () => {
  expect(loader).not.toContain("\n");
  expect(loader.length).toBeLessThan(400);
});

test("every change has a name of its own", () => {
  const names = every.map(changeId);
  expect(new Set(names).size).toBe(every.length);
  for (const name of names) expect(name).not.toContain(secret);
});

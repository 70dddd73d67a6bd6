import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const main = join(import.meta.dirname, "../src/main.ts");

/** kbs as a shell starts it. */
const typed = (line: string): { readonly status: number | null; readonly stderr: string } =>
  spawnSync("sh", ["-c", line], {
    env: { PATH: process.env["PATH"], HOME: "/nowhere", KBS: `${process.execPath} ${main}` },
    encoding: "utf8",
  });

test("a working directory that was removed is a sentence", () => {
  const { status, stderr } = typed('folder=$(mktemp -d) && cd "$folder" && rmdir "$folder" && exec $KBS version');
  expect(stderr).toBe("error: the working directory is not there any more\n  next:     cd to one that is\n");
  expect(status).toBe(2);
});

test("an answer that a full disk does not take is no success, and a reader that leaves is no failure", () => {
  const { status, stderr } = typed("exec $KBS version >/dev/full");
  expect(stderr).toBe("error: standard output could not be written (ENOSPC)\n");
  expect(status).toBe(5);
  expect(typed("exec $KBS nothing >/dev/full").status).toBe(2);
  expect(typed("{ $KBS schema; echo code=$? >&2; } | true").stderr).toBe("code=0\n");
});

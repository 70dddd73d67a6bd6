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

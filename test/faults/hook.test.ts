import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const hook = join(import.meta.dirname, "hook.ts");

/** Runs a module's text in a process that has the hook. */
const run = (text: string, env: Readonly<Record<string, string>> = {}) =>
  spawnSync(process.execPath, ["--import", hook, "--input-type=module", "--eval", text], {
    env: { ...process.env, ...env },
    encoding: "utf8",
    timeout: 60_000,
  });

const tell = (...ends: readonly (readonly [host: string, phase: string, state: string])[]): string =>
  ends
    .map(([host, phase, state]) => `process.stdout.write('${JSON.stringify({ type: "unit-ended", phase, host, state })}\\n');`)
    .join("\n");

test.each([
  ["src/changes/sh/journal.ts", "journal"],
  ["src/changes/sh/undo.ts", "undoScript"],
])("%s as the process of kbs then has it is shell that can be read, with its boundaries", (module, name) => {
  const { stdout, stderr } = run(`import { ${name} } from "${join(import.meta.dirname, "../..", module)}"; process.stdout.write(${name});`);
  expect(stderr).toBe("");
  expect(stdout).toMatch(/^boundary\(\) \($/m);
  expect(stdout).toMatch(/boundary "(?:\$1 \$2|undone \$id)"/);
  execFileSync("sh", ["-n"], { input: stdout });
});

test("the process dies at the second end of a phase that was named, and has told that end", () => {
  const { signal, stdout } = run(
    tell(["h1", "p", "done"], ["h2", "p", "done"], ["h1", "p", "failed"], ["h1", "p", "done"], ["h1", "last", "done"]),
    { KBS_FAULT_PHASE_ENDS: "h3 p 1,h1 p 2" },
  );
  expect(signal).toBe("SIGKILL");
  expect(stdout.trimEnd().split("\n")).toHaveLength(4);
});

test("without a word of where to die it lives", () => {
  expect(run(tell(["h1", "p", "done"]))).toMatchObject({ status: 0, signal: null });
});

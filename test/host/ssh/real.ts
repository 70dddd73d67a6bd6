import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe } from "vitest";

/** What keeps this machine from running a real sshd with users of its own; undefined when nothing does. */
const obstacle = (): string | undefined => {
  if (process.platform !== "linux") return `this is ${process.platform}, not Linux`;
  if (process.getuid?.() !== 0) return "this is not root";
  try {
    execFileSync("sh", [join(import.meta.dirname, "install-tools.sh")], { stdio: ["ignore", "ignore", "pipe"], timeout: 300_000 });
    return undefined;
  } catch (error) {
    return `what the tests need could not be installed: ${error instanceof Error ? error.message : String(error)}`;
  }
};

const problem = obstacle();
if (problem !== undefined) {
  if (process.env["CI"]) throw new Error(`the SSH tests cannot run here, and in CI that is a failure: ${problem}`);
  console.error(`\n!!! The SSH tests against a real sshd are NOT run: ${problem}\n`);
}

/** Tests against a real sshd. Where that cannot be they are counted as skipped, after a loud line; in CI it is a failure. */
// oxlint-disable-next-line vitest/valid-title, vitest/valid-describe-callback -- the rules do not know runIf
export const describeReal = describe.runIf(problem === undefined);

import { once } from "node:events";
import { join } from "node:path";
import process from "node:process";
import { text } from "node:stream/consumers";
import type { Sandbox } from "./sandbox.ts";

const program = join(import.meta.dirname, "../../src/main.ts");

/** kbs as somebody types it in a sandbox, without a terminal and with nothing to read. @param env `NAME=value` each */
export const typedIn = async (sandbox: Sandbox, env: readonly string[], words: readonly string[]) => {
  const child = sandbox.spawn(["env", ...env, process.execPath, program, ...words]);
  child.stdin.end();
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { code: Number(code), stdout, stderr };
};

import { readdirSync, readFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import { getPriority } from "node:os";
import { expect, test } from "vitest";
import { standBackUntil } from "../../src/shared/stand-back.ts";

/** Of each of libuv's threads. */
const priorities = (): number[] =>
  readdirSync("/proc/self/task")
    .filter((id) => readFileSync(`/proc/self/task/${id}/comm`, "utf8").startsWith("libuv-worker"))
    .map((id) => getPriority(Number(id)));

test.each(["resolves", "rejects"])("libuv's threads stand back until the work %s, and nobody else does", async (how) => {
  await stat("/");
  const work = Promise.withResolvers<void>();
  standBackUntil(work.promise);
  expect(new Set(priorities())).toEqual(new Set([10]));
  expect(getPriority()).toBe(0);
  if (how === "resolves") work.resolve();
  else work.reject(new Error("it failed"));
  await work.promise.catch(() => undefined);
  await Promise.resolve();
  expect(new Set(priorities())).toEqual(new Set([0]));
});

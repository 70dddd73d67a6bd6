import { expect, test } from "vitest";
import { createHostLimit } from "../../src/engine/limit.ts";

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("so many hosts at once, each for all of its tasks, and the one that is wanted first before others that wait", async () => {
  const limit = createHostLimit(1);
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const task = (host: string, name: string, place?: "first"): Promise<void> =>
    limit(
      host,
      () => {
        begun.push(name);
        return new Promise((resolve) => ends.set(name, resolve));
      },
      place,
    );
  const all = [task("a", "a1"), task("b", "b1"), task("c", "c1", "first"), task("a", "a2")];
  await settle();
  expect(begun).toEqual(["a1", "a2"]);
  ends.get("a1")?.();
  await settle();
  expect(begun).toEqual(["a1", "a2"]);
  ends.get("a2")?.();
  await settle();
  expect(begun.at(-1)).toBe("c1");
  ends.get("c1")?.();
  await settle();
  ends.get("b1")?.();
  await Promise.all(all);
  expect(begun).toEqual(["a1", "a2", "c1", "b1"]);
});

test("a task that fails gives its host's place back", async () => {
  const limit = createHostLimit(1);
  await expect(limit("a", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await limit("b", () => Promise.resolve("done"))).toBe("done");
});

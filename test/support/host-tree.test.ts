import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { volatilePaths } from "./host-tree.ts";

test("the list of paths that may change while a plan is made is the published one", () => {
  const text = readFileSync(join(import.meta.dirname, "../../docs/plan.md"), "utf8");
  const rows = text.split("\n").filter((line) => line.startsWith("| `/"));
  const published = rows.flatMap((row) => [...row.matchAll(/`(\/[^`]+)`/g)].map(([, path = ""]) => path));
  const below = published.map((path) => (path.includes("*") ? path.replace("*", "cpu_manager") : `${path}/x`));
  expect(below.length).toBeGreaterThan(10);
  expect(below.filter((path) => !volatilePaths.some(([pattern]) => pattern.test(path)))).toEqual([]);
  expect(volatilePaths.filter(([pattern]) => !below.some((path) => pattern.test(path)))).toEqual([]);
});

import { describe, expect, test } from "vitest";
import { groupAlike } from "../../../src/engine/report/alike.ts";
import type { HostRecord } from "../../../src/engine/report/record.ts";

const host = (name: string, fields: Partial<HostRecord> & { readonly took?: number } = {}): HostRecord => ({
  name,
  units: [{ phase: "a", host: name, state: "done", begun: true, changed: 1, from: 0, to: fields.took ?? 100, waits: [], round: 1 }],
  changes: [{ phase: "a", change: `path:/etc/${name}`, state: "changed" }],
  same: 0,
  sent: [],
  warnings: [],
  ...fields,
});

const hosts = (count: number, fields: (index: number) => Parameters<typeof host>[1] = () => ({})): HostRecord[] =>
  Array.from({ length: count }, (_, index) => host(`w${index + 100}`, fields(index)));

const shapeOf = (all: readonly HostRecord[], apart: readonly string[] = []): [string, number][] =>
  groupAlike(all, new Set(apart)).map(({ shown, hosts: group }) => [shown.name, group.length]);

const story = (index: number) => {
  if (index === 3) return { warnings: ["old"] };
  if (index === 7) return { failure: { message: "gone" } };
  return index === 9 ? { took: 60_000 } : {};
};

describe("hosts that were alike", () => {
  test("are told one by one while they are few", () => {
    expect(shapeOf(hosts(12))).toHaveLength(12);
  });

  test("share a place when they are many, shown by the one that was done in the middle", () => {
    expect(shapeOf(hosts(21, (index) => ({ took: 100 + index })))).toEqual([["w110", 21]]);
  });

  test("are told apart from one that warned, one that failed and one that was much slower", () => {
    const shape = shapeOf(hosts(20, story));
    expect(shape.filter(([, count]) => count === 1).map(([name]) => name)).toEqual(["w103", "w107", "w109"]);
    expect(shape.find(([, count]) => count === 17)).toBeDefined();
  });

  test("that failed alike share a place, too", () => {
    const shape = shapeOf(hosts(20, (index) => (index < 8 ? { failure: { message: `w${index + 100} is gone` } } : {})));
    expect(shape.map(([, count]) => count)).toEqual([8, 12]);
  });

  test("are told apart where somebody wants to see one", () => {
    expect(shapeOf(hosts(20), ["w105"]).map(([, count]) => count)).toEqual([19, 1]);
  });
});

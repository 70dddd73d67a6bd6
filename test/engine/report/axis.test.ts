import { describe, expect, test } from "vitest";
import { marksTo, markText } from "../../../src/engine/report/axis.ts";
import { inLanes } from "../../../src/engine/report/lanes.ts";

describe("the axis of time", () => {
  test.each([
    [450, ["0", "0.1 s", "0.2 s", "0.3 s", "0.4 s"]],
    [37_000, ["0", "10 s", "20 s", "30 s"]],
    [95_000, ["0", "30 s", "1:00 min", "1:30 min"]],
    [7_000_000, ["0", "30:00 min", "1:00 h", "1:30 h"]],
  ])("up to %i ms has marks that a person reads well", (end, marks) => {
    expect(marksTo(end).map(markText)).toEqual(marks);
  });

  test("never has many marks, however long a run was", () => {
    for (let end = 1; end < 1e10; end = Math.ceil(end * 1.7)) expect(marksTo(end).length).toBeLessThanOrEqual(7);
  });
});

const bar = (from: number, to: number) => ({ from, to });

describe("bars", () => {
  test("that do not overlap share a lane", () => {
    expect(inLanes([bar(0, 10), bar(5, 20), bar(10, 15)], 0)).toEqual([[bar(0, 10), bar(10, 15)], [bar(5, 20)]]);
  });

  test("that are too short to be seen take the room in which they are drawn", () => {
    expect(inLanes([bar(0, 0), bar(1, 2)], 5)).toHaveLength(2);
  });
});

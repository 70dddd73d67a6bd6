import { expect, test } from "vitest";
import { longDuration, shortDuration } from "../../src/commands/go-text.ts";
import { parseGoDuration } from "../../src/shared/go-duration.ts";

const [second, minute, hour, day] = [1000, 60_000, 3_600_000, 86_400_000];

// The expectations are those of k8s.io/apimachinery's own tests and source (pkg/util/duration).
test.each([
  [-2 * second, "<invalid>"],
  [-second, "0s"],
  [0, "0s"],
  [2 * minute - 1, "119s"],
  [2 * minute, "2m"],
  [2 * minute + second, "2m1s"],
  [10 * minute + second, "10m"],
  [3 * hour - 1, "179m"],
  [3 * hour + minute, "3h1m"],
  [8 * hour + minute, "8h"],
  [48 * hour, "2d"],
  [49 * hour, "2d1h"],
  [8 * day + hour, "8d"],
  [364 * day, "364d"],
  [2 * 365 * day, "2y"],
  [2 * 365 * day + day, "2y1d"],
  [8 * 365 * day + day, "8y"],
])("%d milliseconds are %s in two units", (ms, text) => {
  expect(longDuration(ms)).toBe(text);
});

test.each([
  [-3 * second, "<invalid>"],
  [59 * second, "59s"],
  [61 * second, "1m"],
  [90 * minute, "1h"],
  [24 * hour - 1, "23h"],
  [24 * hour, "1d"],
  [366 * day, "1y"],
])("%d milliseconds are %s in one unit", (ms, text) => {
  expect(shortDuration(ms)).toBe(text);
});

test.each([
  ["24h0m0s", 24 * hour],
  ["1.5h", 90 * minute],
  [".5s", 500],
  ["1h30m", 90 * minute],
  ["250ms", 250],
  ["-1m", -minute],
  ["+2s", 2 * second],
  ["0", 0],
  ["", undefined],
  ["24", undefined],
  ["1d", undefined],
  ["h", undefined],
  ["1 h", undefined],
])("Go reads the duration %j as %s milliseconds", (text, ms) => {
  expect(parseGoDuration(text)).toBe(ms);
});

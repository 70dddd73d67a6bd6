import { expect, test } from "vitest";
import { formatGoDuration, goSeconds } from "../../../src/config/kubeadm/go-duration.ts";
import { parseGoDuration } from "../../../src/shared/go-duration.ts";

test.each([
  ["0", "0s"],
  ["4m", "4m0s"],
  ["90m", "1h30m0s"],
  ["87600h", "87600h0m0s"],
  ["1h30m", "1h30m0s"],
  ["1.5h", "1h30m0s"],
  ["1500ms", "1.5s"],
  ["100ms", "100ms"],
  ["1.5ms", "1.5ms"],
  ["250us", "250µs"],
  ["12ns", "12ns"],
  ["-1h0.25s", "-1h0m0.25s"],
  ["59.999s", "59.999s"],
])("%s is printed as Go prints it: %s", (text, printed) => {
  expect(formatGoDuration(parseGoDuration(text) ?? Number.NaN)).toBe(printed);
});

test("seconds are whole and never fewer than said", () => {
  expect([goSeconds("4m"), goSeconds("1500ms"), goSeconds("1ms")]).toEqual([240, 2, 1]);
  expect(() => goSeconds("1d")).toThrow(RangeError);
});

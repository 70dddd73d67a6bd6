import { describe, expect, test } from "vitest";
import { formatDuration, parseDuration } from "../../src/shared/duration.ts";
import { hostPortOf, isDnsName, isHost, isLabelValue, isQualifiedName, splitHostPort } from "../../src/shared/names.ts";
import { editDistance, nearest } from "../../src/shared/nearest.ts";

describe("the nearest word", () => {
  test.each([
    ["", "", 0],
    ["abc", "", 3],
    ["kitten", "sitting", 3],
    ["adress", "address", 1],
    ["wroker", "worker", 1],
  ])("from %j to %j it takes %i steps", (from, to, steps) => {
    expect(editDistance(from, to)).toBe(steps);
    expect(editDistance(to, from)).toBe(steps);
  });

  test.each([
    ["adress", "address"],
    ["NAME", "name"],
    ["internal_address", "internalAddress"],
    ["colour", undefined],
    ["x".repeat(1000), undefined],
  ])("%s is taken for %s", (word, meant) => {
    expect(nearest(word, ["address", "internalAddress", "name", "roles"])).toBe(meant);
  });
});

describe("names", () => {
  test.each(["a", "a-b.c", "0", "a".repeat(63)])("%s is a DNS name", (text) => {
    expect(isDnsName(text)).toBe(true);
  });
  test.each(["", "A", "-a", "a-", "a..b", "a.", "a_b", "a".repeat(64).concat(".").repeat(4)])("%s is none", (text) => {
    expect(isDnsName(text)).toBe(false);
  });
  test("what ends in a number is an address or nothing", () => {
    expect([isHost("10.0.0.1"), isHost("K8s.example.com"), isHost("010.0.0.1"), isHost("10.1"), isHost("fd00::1")]).toEqual([
      true,
      true,
      false,
      false,
      true,
    ]);
  });
  test("labels follow Kubernetes", () => {
    expect([
      isQualifiedName("a.b/c_D.e"),
      isQualifiedName("a/b/c"),
      isQualifiedName("/a"),
      isQualifiedName("a/"),
      isQualifiedName("a".repeat(64)),
    ]).toEqual([true, false, false, false, false]);
    expect([isLabelValue(""), isLabelValue("1.10"), isLabelValue("a b"), isLabelValue("-a")]).toEqual([true, true, false, false]);
  });
  test.each([
    ["a:1", { host: "a", port: "1" }],
    ["a", { host: "a" }],
    ["fd00::1", { host: "fd00::1" }],
    ["[fd00::1]:1", { host: "fd00::1", port: "1" }],
    ["[fd00::1]", { host: "fd00::1" }],
  ])("%s splits", (text, parts) => {
    expect(splitHostPort(text)).toEqual(parts);
  });
  test.each([
    ["https://10.0.0.31:2379", { host: "10.0.0.31", port: 2379 }],
    ["https://etcd.example.com:443", { host: "etcd.example.com", port: 443 }],
    ["https://[fd00::1]", { host: "fd00::1", port: 443 }],
    ["http://[fd00::1]:80", { host: "fd00::1", port: 80 }],
  ])("the server of %s has a port, also where that is its scheme's own", (url, place) => {
    expect(hostPortOf(new URL(url))).toEqual(place);
  });
});

describe("durations", () => {
  test.each([
    ["8760h", 31_536_000, "8760h0m0s"],
    ["1h30m", 5400, "1h30m0s"],
    ["90s", 90, "1m30s"],
    ["5s", 5, "5s"],
  ])("%s is %i seconds, which Go prints as %s", (text, seconds, printed) => {
    expect(parseDuration(text)).toBe(seconds);
    expect(formatDuration(seconds)).toBe(printed);
  });
  test.each(["", "5", "1d", "-1h", "1.5h", "h"])("%j is none", (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});

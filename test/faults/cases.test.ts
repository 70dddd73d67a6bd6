import { describe, expect, test } from "vitest";
import { type Boundary, boundaryOf, inOrder, kindOf, nameOf, passedIn, phaseEndsIn } from "./boundary.ts";
import { casesFor, keyOf, repeatOf, sampleOf, shardOf } from "./cases.ts";
import { readOptions, wishedCases } from "./options.ts";
import { scenarioOf } from "./scenarios.ts";

const line = (word: string, what: string, host = "h1"): Boundary => ({ host, word, what, nth: 1 });
const boundaries: readonly Boundary[] = [
  ...Array.from({ length: 40 }, (_, nth) => line(nth % 2 ? "done" : "begun", `path:/etc/${nth >> 1}`)),
  line("done", "service:kubelet.service"),
  line("ended", "wait-ready"),
  line("ended", "make-token"),
];
const wish = { scenario: "create", seed: 1, series: 0 } as const;

describe("a boundary", () => {
  test.each([
    "h1:begun path:/etc/hosts",
    "h12:done command:link the kubelet's client certificate",
    "h2:begun path:/a #2",
    "h1:ended wait-ready",
  ])("%s is read as it is written", (name) => expect(nameOf(boundaryOf(name))).toBe(name));

  test("what is none is met with a sentence", () => {
    expect(() => boundaryOf("h1 done")).toThrow("HOST:WORD CHANGE");
  });

  test("lines of hosts and ends of phases stand in the order of time, and what comes twice is counted", () => {
    const lines = [...passedIn("h1", "10.01 begun path:/a\n12.00 begun path:/a\n"), ...passedIn("h2", "11.00 done command:a b\n")];
    const ends = phaseEndsIn([{ type: "unit-ended", state: "done", host: "h1", phase: "p", time: 1_011_500 }], 1_000_000);
    expect(inOrder([...lines, ...ends]).map(nameOf)).toEqual([
      "h1:begun path:/a",
      "h2:done command:a b",
      "h1:ended p",
      "h1:begun path:/a #2",
    ]);
  });
});

describe("the cases for a run", () => {
  test("each boundary is disturbed once, by one of three kills; the end of a phase by the only one that can", () => {
    const cases = casesFor(boundaries, wish);
    expect(new Set(cases.flatMap(({ at }) => at.map(nameOf)))).toEqual(new Set(boundaries.map(nameOf)));
    expect(new Set(cases.map(({ fault }) => fault))).toEqual(new Set(["kill-kbs", "kill-script", "kill-both"]));
    expect(cases.flatMap(({ at, fault }) => (at[0]?.word === "ended" ? [fault] : []))).toEqual(["kill-kbs", "kill-kbs"]);
    const lost = cases.filter(({ forgets }) => forgets).length;
    expect(lost).toBeGreaterThan(10);
    expect(lost).toBeLessThan(33);
  });

  test("the same seed gives the same cases, another one others; what is drawn for one does not depend on the rest", () => {
    const keys = (seed: number, of = boundaries): string[] => casesFor(of, { ...wish, seed }).map(keyOf);
    expect(keys(7)).toEqual(keys(7));
    expect(keys(7)).not.toEqual(keys(8));
    expect(new Set(keys(7))).toEqual(new Set([...keys(7, boundaries.slice(0, 20)), ...keys(7, boundaries.slice(20))]));
  });

  test("shards share all cases without one twice, though each has seen the boundaries in another order", () => {
    const cases = casesFor(boundaries, wish);
    const orders = [boundaries, boundaries.toReversed(), boundaries.toSorted((one, other) => one.word.localeCompare(other.word))];
    const shards = orders.map((order, nth) => shardOf(casesFor(order, wish), nth + 1, 3));
    expect(new Set(shards.flat().map(keyOf))).toEqual(new Set(cases.map(keyOf)));
    expect(shards.flat()).toHaveLength(cases.length);
  });

  test("a small sample has every kind of boundary", () => {
    const kinds = new Set(boundaries.map(kindOf));
    const sample = sampleOf(casesFor(boundaries, wish), kinds.size);
    expect(new Set(sample.flatMap(({ at }) => at.map(kindOf)))).toEqual(kinds);
  });

  test("series deal all boundaries out, in the order in which a run comes by them", () => {
    const cases = casesFor(boundaries, { ...wish, series: 4 });
    expect(cases).toHaveLength(4);
    expect(cases.flatMap(({ at }) => at)).toHaveLength(boundaries.length);
    for (const { at } of cases)
      expect(at.map((one) => boundaries.indexOf(one))).toEqual(at.map((one) => boundaries.indexOf(one)).toSorted((a, b) => a - b));
  });

  test("series of a sample deal out so many boundaries, of every kind", () => {
    const kinds = new Set(boundaries.map(kindOf));
    const cases = wishedCases(scenarioOf("create"), { boundaries }, readOptions(["--series", "3", "--sample", "10"]));
    expect(cases).toHaveLength(3);
    expect(new Set(cases.flatMap(({ at }) => at)).size).toBe(10);
    expect(new Set(cases.flatMap(({ at }) => at.map(kindOf)))).toEqual(kinds);
  });

  test("what repeats a case gives the very same one", () => {
    for (const one of [...casesFor(boundaries, wish), ...casesFor(boundaries, { ...wish, series: 5 })]) {
      const words = [...repeatOf(one).matchAll(/'((?:[^']|'\\'')*)'|(\S+)/g)].map(
        ([, quoted, plain]) => quoted?.replaceAll(String.raw`'\''`, "'") ?? plain ?? "",
      );
      const [again] = wishedCases(scenarioOf("create"), { boundaries }, readOptions(words.slice(4)));
      expect(again && keyOf(again)).toBe(keyOf(one));
    }
  });
});

describe("options", () => {
  test.each([
    [["--fault", "flood"], "--fault flood: one of kill-kbs"],
    [["--scenario", "x"], "--scenario x: one of create"],
    [["--shard", "3/2"], "--shard 3/2: I/N"],
    [["--minutes", "-1"], "--minutes"],
  ])("%s is met with a sentence", (args, sentence) => {
    expect(() => readOptions(args)).toThrow(sentence);
  });
});

import { describe, expect, test } from "vitest";
import { parseFacts } from "../../src/facts/index.ts";
import { questionnaire } from "../../src/preflight/index.ts";
import { cases } from "./cases.ts";
import { onControlPlane, onWorker } from "./hosts.ts";

test("every check has an id of its own, in lower case and with dashes", () => {
  const ids = questionnaire.map(({ id }) => id);
  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  expect(ids.filter((id) => !/^[a-z]+(?:-[a-z]+)*$/.test(id) || id === "all")).toEqual([]);
});

test("every question is one a person could ask", () => {
  expect(questionnaire.filter(({ question }) => !/^[A-Z].{10,}\?$/.test(question))).toEqual([]);
});

test("every check has its two hosts, and no other has", () => {
  expect(Object.keys(cases).toSorted()).toEqual(questionnaire.map(({ id }) => id).toSorted());
});

describe.each(questionnaire.map((check) => [check.id, check] as const))("%s", (id, check) => {
  const known = cases[id];
  if (known === undefined) throw new Error(`no case for ${id}`);

  test("fires, and says what to do", () => {
    expect(check.appliesTo(known.fires)).toBe(true);
    const finding = check.ask(known.fires);
    expect(finding?.problem).toMatch(known.says);
    expect(finding?.remedy).toMatch(/\S{2,}/);
    const told = [finding?.problem, finding?.remedy, ...(finding?.evidence === undefined ? [] : [finding.evidence])];
    expect(told.filter((text) => text === undefined || /undefined|NaN|\[object|\.$/.test(text))).toEqual([]);
  });

  test("is silent where all is well", () => {
    expect(check.appliesTo(known.silent)).toBe(true);
    expect(check.ask(known.silent)).toBeUndefined();
  });
});

test.each([
  ["control plane", onControlPlane()],
  ["worker", onWorker()],
])("nothing fires on a healthy %s", (_, context) => {
  expect(questionnaire.filter((check) => check.appliesTo(context) && check.ask(context) !== undefined)).toEqual([]);
});

test("a host that answered nothing is accused of nothing but that", () => {
  const context = { ...onControlPlane(), facts: parseFacts([], { from: 0, to: 1 }) };
  const fired = questionnaire.filter((check) => check.appliesTo(context) && check.ask(context) !== undefined);
  expect(fired.map(({ id }) => id)).toEqual(["facts-known"]);
});

import { describe, expect, test } from "vitest";
import type { Evidence } from "../../src/diagnose/evidence.ts";
import { judge } from "../../src/diagnose/judge.ts";
import type { Cause } from "../../src/diagnose/rule.ts";
import { rules } from "../../src/diagnose/rules/index.ts";
import { cases } from "./cases/index.ts";
import { evidenceOf, otherClock } from "./scene.ts";

const ask = (id: string, evidence: Evidence): readonly Cause[] =>
  rules.find((rule) => rule.id === id)?.find(evidence) ?? expect.fail(`no rule ${id}`);

describe.each(cases)("$rule", ({ rule, speaks, on, says, silent }) => {
  test(`names the cause: ${says}`, () => {
    const found = ask(rule, speaks);
    expect(found.map(({ host }) => host)).toEqual([on]);
    expect(found[0]?.cause).toContain(says);
    expect(found[0]?.remedy).toMatch(/\w/);
    expect(found[0]?.cause).not.toMatch(/\.$|undefined|NaN/);
  });

  test("is heard, not drowned by another rule", () => {
    expect(judge(speaks).map((finding) => finding.rule)).toContain(rule);
  });

  test("keeps silent on what only looks alike", () => {
    expect(ask(rule, silent)).toEqual([]);
  });
});

describe("all rules", () => {
  test("have a case each", () => {
    expect(new Set(cases.map(({ rule }) => rule))).toEqual(new Set(rules.map(({ id }) => id)));
    expect(rules.length).toBeGreaterThanOrEqual(18);
  });

  test("are told apart by their ids, and ask a question", () => {
    expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
    expect(rules.filter(({ question }) => !question.endsWith("?"))).toEqual([]);
  });

  test("keep silent on hosts that are well, just after their create", () => {
    expect(judge(evidenceOf({}))).toEqual([]);
  });

  test("keep silent on machines that were never set up", () => {
    const bare = {
      ownership: "",
      unitStates: "",
      containers: "",
      cni: "",
      runtime: "",
      kubernetes: "",
      certificates: "",
      kubeletLog: "",
      containerdLog: "",
      etcdHealth: "",
      listeners: "",
      reach: "",
    };
    expect(judge(evidenceOf({ h1: bare, h2: bare, api: null }))).toEqual([]);
  });

  test("say nothing of a host from which no answer could be read", () => {
    const nothing = Object.fromEntries(Object.keys(evidenceOf({}).hosts[0] ?? {}).map((id) => [id, ""]));
    expect(Object.keys(nothing).length).toBeGreaterThan(5);
    const silent = {
      ownership: "",
      clock: "",
      disks: "",
      sysctls: "",
      modules: "",
      unitStates: "",
      containers: "",
      cni: "",
      runtime: "",
      kubernetes: "",
      certificates: "",
      kubeletLog: "",
      containerdLog: "",
      kernelLog: "",
      memory: "",
      listeners: "",
      endpoint: "",
      reach: "",
      swap: "",
    };
    expect(judge(evidenceOf({ h2: silent })).filter(({ host }) => host === "h2")).toEqual([]);
  });
});

test("the surest causes come first, and of equally sure ones those from the ground up", () => {
  const both = cases.filter(({ rule }) => rule === "kernel-settings" || rule === "component-flag").map(({ speaks }) => speaks);
  const [one, two] = both;
  if (one === undefined || two === undefined) throw new Error("two cases are wanted");
  const [sysctl, flag] = [one.hosts[0], two.hosts[0]];
  if (sysctl === undefined || flag === undefined) throw new Error("each has a control plane");
  const found = judge({ ...two, hosts: [{ ...flag, facts: { ...flag.facts, sysctls: sysctl.facts.sysctls } }] });
  expect(found.map(({ rule, certainty }) => [rule, certainty])).toEqual([
    ["component-flag", "certain"],
    ["kernel-settings", "likely"],
  ]);
});

test("a clock of the operator's that is wrong accuses no host", () => {
  const evidence = otherClock(evidenceOf({}), 3_600_000, ["h1", "h2"]);
  expect(ask("clock", evidence).map(({ host, cause }) => [host, cause.slice(0, 70)])).toEqual([
    [undefined, "the clock of this machine, on which kbs runs, is 60 min behind those o"],
  ]);
});

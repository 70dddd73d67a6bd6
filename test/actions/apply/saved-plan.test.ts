import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { changedFacts, factsReliedOn } from "../../../src/actions/apply/facts-relied-on.ts";
import { readPlan, refuseOtherConfiguration, refuseStale, type SavedPlan, savePlan } from "../../../src/actions/apply/saved-plan.ts";
import type { Change } from "../../../src/changes/change.ts";
import type { Foreseen } from "../../../src/engine/foresee.ts";
import type { Plan } from "../../../src/engine/plan/plan.ts";
import { UserError } from "../../../src/shared/errors.ts";
import { phase, type World } from "../../engine/bench.ts";

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "kbs-plan-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

const at = (name: string): string => join(directory, name);

const unit = { key: "a@h2", phase: phase("a"), host: "h2", needsDone: [], needsQueued: new Set<string>(), needsEnded: [] };

const foreseen = (wish: Change, differs: string): Foreseen<World> => ({
  units: [{ unit, seen: [{ change: "path:/etc/x", kind: wish.kind, differs, wish }], waits: [] }],
  predictions: new Map(),
  failures: [],
});

const file = (content: string): Change => ({ kind: "file", path: "/etc/x", content, mode: 0o644 });

const facts = (differs: string, { found, wished = "wished", member = true }: { found?: string; wished?: string; member?: boolean } = {}) =>
  factsReliedOn(
    foreseen(file(wished), differs),
    new Map(found === undefined ? [] : [["h2", new Map([["/etc/x", { digest: found }]])]]),
    new Map([["h2", member]]),
  );

const plan: Plan = {
  cluster: "demo",
  file: "c.yaml",
  isNew: false,
  units: [
    {
      key: "a@h2",
      phase: "a",
      title: "A",
      host: "h2",
      after: [],
      changes: [
        { change: "path:/etc/x", kind: "file", why: "content differs", isNew: false, consequence: false, diff: ["-somebody's own line"] },
      ],
    },
  ],
  hosts: [],
  changes: 1,
  rolling: [["h2"]],
  unfinished: [],
  waits: [],
};

const options = { limit: [], maxUnavailable: 1, keepGoing: false, ignorePreflight: [] };

const save = async (name: string, isNew = false): Promise<SavedPlan> => {
  writeFileSync(at("c.yaml"), "kind: Cluster\n");
  await savePlan(
    at(name),
    { cluster: { id: "0f0e", name: "demo", isNew }, options, plan, facts: facts("content differs", { found: "aa" }) },
    at("c.yaml"),
  );
  return await readPlan(at(name));
};

/** What somebody is told whose plan is refused. */
const refusal = async (work: () => Promise<void> | void): Promise<string> => {
  try {
    await work();
  } catch (error) {
    if (error instanceof UserError) return `${error.exit}: ${error.message}\n${error.details.output}`;
    throw error;
  }
  return "not refused";
};

describe("a saved plan", () => {
  test("can be read by its owner alone, comes back whole, and keeps no line of any file", async () => {
    const saved = await save("a.kbs");
    expect(statSync(at("a.kbs")).mode & 0o777).toBe(0o600);
    expect(saved.configuration.path).toBe(at("c.yaml"));
    expect(saved.plan.units[0]?.changes).toEqual([
      { change: "path:/etc/x", kind: "file", why: "content differs", isNew: false, consequence: false },
    ]);
    expect(readFileSync(at("a.kbs"), "utf8")).not.toContain("somebody's own line");
  });

  test("holds as long as every fact is what it was", async () => {
    const saved = await save("b.kbs");
    await refuseOtherConfiguration("b.kbs", saved);
    expect(await refusal(() => refuseStale("b.kbs", saved, { facts: facts("content differs", { found: "aa" }), isNew: false }))).toBe(
      "not refused",
    );
  });

  test("is refused when the configuration is another now", async () => {
    const saved = await save("c.kbs");
    writeFileSync(at("c.yaml"), "kind: Cluster # edited\n");
    expect(await refusal(() => refuseOtherConfiguration("c.kbs", saved))).toBe(
      `usage: the plan c.kbs no longer holds; nothing was changed\nthe configuration ${at("c.yaml")} has changed since the plan was made`,
    );
  });

  test("is refused with each fact that has changed, by its name", async () => {
    const saved = await save("d.kbs");
    const now = { facts: facts("", { member: false }), isNew: false };
    expect(await refusal(() => refuseStale("d.kbs", saved, now))).toBe(
      "usage: the plan d.kbs no longer holds; nothing was changed\nh2 no longer belongs to the cluster\nh2: /etc/x has changed since the plan was made (it was: content differs; it is: as wished)",
    );
  });

  test("of a cluster to be made is refused once somebody has made it", async () => {
    const saved = await save("e.kbs", true);
    expect(await refusal(() => refuseStale("e.kbs", saved, { facts: saved.facts, isNew: false }))).toContain(
      "the cluster demo has been made meanwhile",
    );
  });

  test("of another kind of file is refused by a sentence", async () => {
    writeFileSync(at("other.kbs"), "{}");
    await expect(readPlan(at("other.kbs"))).rejects.toThrow("its schema is not kbs/saved-plan/v1");
    writeFileSync(at("other.kbs"), "kind: Cluster");
    await expect(readPlan(at("other.kbs"))).rejects.toThrow("it is not JSON");
    await expect(readPlan(at("none.kbs"))).rejects.toThrow("ENOENT");
  });

  test("cannot be made of what comes by standard input: nobody could read it again", async () => {
    const whole = { cluster: { id: "0f0e", name: "demo", isNew: false }, options, plan, facts: {} };
    await expect(savePlan(at("f.kbs"), whole, "-")).rejects.toThrow("standard input");
  });
});

describe("a fact", () => {
  test("is told when a file differs as before, but holds something else", () => {
    expect(changedFacts(facts("content differs", { found: "aa" }), facts("content differs", { found: "bb" }))).toEqual([
      "h2: /etc/x has changed since the plan was made (its content is another now)",
    ]);
  });

  test("is told when a file is as it was, but something else is wished", () => {
    expect(changedFacts(facts("absent"), facts("absent", { wished: "other" }))).toEqual([
      "h2: what is wished for /etc/x is made from facts that have changed",
    ]);
  });

  test("says when a host has joined", () => {
    expect(changedFacts(facts("", { member: false }), facts(""))).toEqual(["h2 has joined meanwhile"]);
  });

  test("holds neither a secret nor its digest: of what is wished, not of what is random", () => {
    const secret: Change = { kind: "file", path: "/etc/x", content: "hunter2", mode: 0o600, secret: true };
    const made: Change = {
      kind: "made",
      path: "/etc/x",
      mode: 0o600,
      secret: true,
      what: "a key",
      reason: "it is missing",
      make: () => expect.fail("made"),
    };
    const none = new Map<string, never>();
    const names = [secret, made].map((wish) => Object.keys(factsReliedOn(foreseen(wish, "absent"), none, new Map())));
    expect(names).toEqual([["h2: /etc/x"], ["h2: /etc/x", "h2: /etc/x (wish)"]]);
  });
});

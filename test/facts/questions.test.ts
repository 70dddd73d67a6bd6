import { spawnSync } from "node:child_process";
import { arch, cpus, release, totalmem } from "node:os";
import { describe, expect, test } from "vitest";
import type { Record as Answer } from "../../src/changes/message.ts";
import { askFacts, clockOffset, hostFacts, parseFacts, pkiFiles, readFact } from "../../src/facts/index.ts";

const run = (script: string): { readonly code: number; readonly output: Buffer } => {
  const { status, stdout } = spawnSync("/bin/sh", ["-c", script], { timeout: 20_000 });
  return { code: status ?? 1, output: stdout };
};

const answer = (index: number, output: string, code = 0): Answer => ({ index, state: "answer", code, output: Buffer.from(output) });

describe("questions", () => {
  test("are known by unique ids, the same in fact and question", () => {
    for (const [name, { id, question }] of Object.entries(hostFacts)) expect([id, question.id]).toEqual([name, name]);
    expect(new Set(askFacts().map(({ id }) => id)).size).toBe(askFacts().length);
  });

  test("begin with the clock", () => {
    expect(askFacts()[0]?.id).toBe("clock");
  });

  test.each([...Object.values(hostFacts), pkiFiles].map(({ id, question }) => [id, question.script]))(
    "%s ends well where no tool is installed, and its answer can still be heard",
    (id, script) => {
      const { code, output } = run(script.replace(/PATH=\S+/, "PATH=/nonexistent"));
      expect(code).toBe(0);
      const fact = [...Object.values(hostFacts), pkiFiles].find((known) => known.id === id);
      expect(() => fact?.parse(output.toString(), code)).not.toThrow();
    },
  );
});

describe("facts of a host that answers nothing", () => {
  const facts = parseFacts([], { from: 0, to: 1 });

  test("name every question as unanswered", () => {
    expect(facts.unanswered).toEqual(Object.keys(hostFacts));
  });

  test("know no clock", () => {
    expect(clockOffset(facts)).toBeUndefined();
  });
});

test("one question that failed does not disturb the others", () => {
  const names = askFacts().map(({ id }) => id);
  const facts = parseFacts(
    names.map((name, index) => (name === "os" ? answer(index, "half an ans", 124) : answer(index, name === "ownership" ? "1-2 demo" : ""))),
    { from: 0, to: 1 },
  );
  expect(facts.unanswered).toEqual(["os"]);
  expect(facts.ownership).toEqual({ id: "1-2", name: "demo" });
});

test("further questions can follow the facts in the same message", () => {
  const questions = [...askFacts(), pkiFiles.question];
  expect(readFact(pkiFiles, questions, [answer(questions.length - 1, "")])?.size).toBe(0);
  expect(readFact(pkiFiles, questions, [])).toBeUndefined();
});

const offsetOf = (epoch: string, from: number, to: number): ReturnType<typeof clockOffset> =>
  clockOffset(parseFacts([answer(0, `epoch=${epoch}`)], { from, to }));

describe("the offset of a clock", () => {
  test("is positive when the host is ahead, and as uncertain as half the wait", () => {
    expect(offsetOf("1794309932500000000", 1794309930400, 1794309930600)).toEqual({ ms: 2000, within: 101 });
  });

  test("is uncertain by a second more where only seconds are told", () => {
    expect(offsetOf("1794309932", 1794309932000, 1794309932000)).toEqual({ ms: 0, within: 1000 });
  });

  test("is not made of words", () => {
    expect(offsetOf("", 0, 0)).toBeUndefined();
    expect(offsetOf("%s%N", 0, 0)).toBeUndefined();
  });
});

describe.runIf(process.platform === "linux")("this very machine", () => {
  const from = Date.now();
  const answers = askFacts().map(({ script }, index): Answer => ({ index, state: "answer", ...run(script) }));
  const facts = parseFacts(answers, { from, to: Date.now() });

  test("answers every question", () => {
    expect(facts.unanswered).toEqual([]);
  });

  test("is described as Node.js sees it", () => {
    expect(facts.machine.kernel).toBe(release());
    expect(facts.machine.architecture).toBe(
      new Map([
        ["x64", "amd64"],
        ["arm64", "arm64"],
      ]).get(arch()),
    );
    expect(facts.machine.memory).toBe(totalmem());
    expect(facts.machine.cpus).toBeLessThanOrEqual(cpus().length);
    expect(facts.machine.uid).toBe(process.getuid?.());
  });

  test("gives whole numbers of the kernel's settings, not their first digit", () => {
    expect(Number(facts.sysctls.values["kernel.pid_max"])).toBeGreaterThan(1000);
  });

  test("has room somewhere", () => {
    expect(facts.disks["/usr"]?.total).toBeGreaterThan(0);
    expect(facts.disks["/usr"]?.mountPoint).toMatch(/^\//);
  });

  test("has a clock that agrees with itself", () => {
    const offset = clockOffset(facts);
    expect(Math.abs(offset?.ms ?? Number.NaN)).toBeLessThanOrEqual(offset?.within ?? 0);
  });
});

import { execFileSync } from "node:child_process";
import { expect, test, vi } from "vitest";
import { createGate } from "../../../src/host/gate.ts";
import { inTurn } from "../../../src/host/ssh/ask.ts";
import { forLoginShell } from "../../../src/host/ssh/login-shell.ts";
import { matchesList, matchesPattern } from "../../../src/host/ssh/pattern.ts";
import { timeLimit } from "../../../src/host/time-limit.ts";
import { secrets } from "../../../src/shared/secrets.ts";

test("only * and ? are wildcards", () => {
  expect(matchesPattern("a.b", "a?b")).toBe(true);
  expect(matchesPattern("axb", "a.b")).toBe(false);
  expect(matchesPattern("[h]:22", "[h]:2*")).toBe(true);
  expect(matchesPattern("h", "[h]")).toBe(false);
  expect(matchesList("web1", ["web*", "!web1"])).toBe(false);
  expect(matchesList("web2", ["!web1"])).toBe(false);
});

// Tried star by star, this would not end in anybody's lifetime.
test("a pattern of many stars costs no time", () => {
  expect(matchesPattern("a".repeat(200), `${"*".repeat(50)}b`)).toBe(false);
});

test("a gate lets so many in, in order, and lowers to those inside", async () => {
  const gate = createGate(2);
  const [one, two] = await Promise.all([gate.enter(), gate.enter()]);
  const order: number[] = [];
  const third = gate.enter().then((leave) => (order.push(3), leave));
  const fourth = gate.enter().then((leave) => (order.push(4), leave));
  one();
  one();
  (await third)();
  await fourth;
  expect(order).toEqual([3, 4]);
  two();
  expect(gate.lower()).toBe(1); // one is left inside
  const waits = gate.enter(AbortSignal.timeout(20));
  await expect(waits).rejects.toThrow(/timeout/i);
});

test("a gate that was lowered lets one more in each half minute: what it was lowered to may have been too few", async () => {
  vi.useFakeTimers();
  try {
    const gate = createGate(3);
    await gate.enter();
    gate.lower();
    let entered = 1;
    for (let count = 0; count < 3; count++) void gate.enter().then(() => entered++);
    const after = async (ms: number): Promise<number> => {
      await vi.advanceTimersByTimeAsync(ms);
      return entered;
    };
    expect([await after(29_000), await after(1000), await after(30_000), await after(300_000)]).toEqual([1, 2, 3, 3]);
  } finally {
    vi.useRealTimers();
  }
});

test("an empty gate cannot be lowered", () => {
  expect(createGate(2).lower()).toBe(0);
});

test("a time limit does not run while a person is asked", async () => {
  const limit = timeLimit(150, () => new Error("over"));
  await limit.pause(() => new Promise((resolve) => setTimeout(resolve, 300)));
  expect(limit.signal.aborted).toBe(false);
  await new Promise((resolve) => setTimeout(resolve, 250));
  expect(limit.signal.reason).toEqual(new Error("over"));
});

test("questions are asked one at a time, and a secret answer is masked from then on", async () => {
  let open = 0;
  const prompt = inTurn(async ({ text }) => {
    open++;
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(open--).toBe(1);
    if (text === "fails") throw new Error("no");
    return `answer-to-${text}`;
  });
  const ask = (text: string, secret: boolean): Promise<string> => prompt({ host: "h", text, secret });
  const answers = await Promise.allSettled([ask("a", true), ask("fails", false), ask("b", false)]);
  expect(answers.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(secrets.mask("answer-to-a answer-to-b")).toBe("*** answer-to-b");
});

test.each(["sh", "bash", "dash", "fish", "tcsh", "csh", "zsh", "busybox"].filter(isInstalled))(
  "%s hands a script on byte by byte",
  (shell) => {
    const script = String.raw`printf '%s|' "a'b" 'c"d' 'back\slash' 'two\\back' '\' '!!' '!x' '$HOME' '~' '{a,b}' '*' '#' '; x' '%s' '\'"'"'' $((1+1))`;
    const flags = shell === "busybox" ? ["sh", "-c"] : ["-c"];
    expect(run(shell, [...flags, forLoginShell(script)])).toBe(run("/bin/sh", ["-c", script]));
  },
);

test("a script of two lines is refused: csh could not take it", () => {
  expect(() => forLoginShell("a\nb")).toThrow(RangeError);
});

function run(command: string, args: readonly string[]): string {
  return execFileSync(command, args, { encoding: "utf8" });
}

function isInstalled(shell: string): boolean {
  try {
    execFileSync("sh", ["-c", `command -v ${shell}`], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

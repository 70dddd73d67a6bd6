import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Lab, type LabHost, startLab } from "../lab/index.ts";
import { type Ended, type Operator, operatorOf, type Run } from "../support/operator.ts";
import { random } from "../support/random.ts";

// Two people with the same file type the same command on the same hosts at the same time.

const races = 10;
const seed = Number(process.env["KBS_SEED"] ?? 85);
const next = random(seed);

let lab: Lab;
const operators: Operator[] = [];

beforeAll(async () => {
  lab = await startLab({ hosts: 2 });
  operators.push(await operatorOf(lab), await operatorOf(lab));
});
afterAll(async () => {
  for (const operator of operators) await operator.leave();
  await lab?.stop();
});

const bothOperators = (): readonly [Operator, Operator] => {
  const [one, other] = operators;
  if (!one || !other) throw new Error("two operators are needed");
  return [one, other];
};

/** What a host's journal says: the runs in its lines, and those of which it has a record. */
const runsOn = async (host: LabHost): Promise<{ readonly lines: string[]; readonly records: string[] }> => {
  const read = async (script: string): Promise<string[]> => (await host.run(script)).stdout.split("\n").filter(Boolean);
  return {
    lines: await read("cut -d' ' -f2 /var/lib/kbs/journal 2>/dev/null | sort -u"),
    records: await read("ls /var/lib/kbs/runs 2>/dev/null | cut -d- -f2-"),
  };
};

/** Gives a finished cluster something to do on every host, which takes longer than to be refused: the kubelet counts as started with older inputs. */
const disturb = (host: LabHost): Promise<unknown> =>
  host.run("rm -f /var/lib/kbs/loaded/kubelet.service /var/lib/kbs/loaded/containerd.service");

const startBoth = async (): Promise<Run[]> => {
  const [first, second] = next() < 0.5 ? bothOperators() : bothOperators().toReversed();
  if (!first || !second) throw new Error("two operators are needed");
  const one = first.start(first.create);
  await sleep(next() * 200);
  return [one, second.start(second.create)];
};

const news = (before: readonly string[], after: readonly string[]): string[] => after.filter((run) => !before.includes(run));

/** Ids of changes of which the journal's last word is that they were begun. */
const openOn = async (host: LabHost): Promise<string[]> => {
  const last = new Map<string, string>();
  for (const line of (await host.run("cat /var/lib/kbs/journal 2>/dev/null")).stdout.split("\n")) {
    const [, word, id] = /^\S+ \S+ (begun|done|left) (.+)$/.exec(line) ?? [];
    if (word !== undefined && id !== undefined) last.set(id, word);
  }
  return [...last].flatMap(([id, word]) => (word === "begun" ? [id] : []));
};

const doneOn = async (host: LabHost): Promise<number> =>
  Number((await host.run("grep -c ' done ' /var/lib/kbs/journal 2>/dev/null")).stdout.trim() || 0);

const scriptsOn = async (host: LabHost): Promise<string> =>
  (await host.run("pgrep -af '^/bin/sh -c umask 077'; ls /run/kbs | grep -vE 'lock|^staged$'")).stdout;

test("Ctrl-C finishes the change in flight on each host, gives the hosts back, and leaves nothing half made and nothing running", async () => {
  const [one, other] = bothOperators();
  const run = one.start(one.create);
  const areBusy = async (): Promise<boolean> => (await Promise.all(lab.hosts.map(doneOn))).every((count) => count > 5);
  await expect.poll(areBusy, { timeout: 120_000, interval: 200 }).toBe(true);
  run.child.kill("SIGINT");
  const { code, stderr } = await run.ended;
  expect({ code, stderr }).toMatchObject({
    code: 130,
    stderr: expect.stringMatching(/not done: h1.*next:\n {2}kbs create cluster .*# goes on from there\n {2}kbs history/s),
  });
  await expect.poll(async () => (await Promise.all(lab.hosts.map(scriptsOn))).join(""), { timeout: 60_000 }).toBe("");
  // An import of images is the one change that may be ended, when the machine is so busy that it takes more than half a minute.
  const open = (await Promise.all(lab.hosts.map(openOn))).flat().filter((id) => !id.startsWith("images:"));
  expect(open).toEqual([]);
  const told = await other.start(["history", "-f", "c.yaml", "-o", "json"]).ended;
  const { runs }: { runs: { command: string; hosts: { host: string; end: string; done: number }[] }[] } = JSON.parse(told.stdout);
  expect(runs).toHaveLength(1);
  expect(runs[0]?.command).toContain("kbs create cluster");
  expect(runs[0]?.hosts.map(({ host, end }) => [host, end])).toEqual(lab.hosts.map(({ name }) => [name, "interrupted"]));
  const unlocked = await other.start(["unlock", "-f", "c.yaml", "--yes"]).ended;
  expect(unlocked).toMatchObject({ code: 0, stderr: expect.stringContaining("no run holds these hosts") });
});

describe(`two operators who race, with KBS_SEED=${seed}`, () => {
  test.each(Array.from({ length: races }, (_, nth) => nth + 1))(
    "race %i: one goes on, the other is told by whom, and one run alone writes",
    async (nth) => {
      if (nth > 1) await Promise.all(lab.hosts.map(disturb));
      const before = await Promise.all(lab.hosts.map(runsOn));
      const both = await startBoth();
      const ends = await Promise.all(both.map(async (run): Promise<Ended & { pid: number }> => ({ pid: run.pid, ...(await run.ended) })));
      const [winner, loser] = ends.toSorted((a, b) => Number(a.code) - Number(b.code));
      console.log(`race ${nth}: ${ends.map(({ pid, code }) => `${pid} ended with ${code}`).join(", ")}`);
      expect([winner?.code, loser?.code], `${winner?.stderr}\n${loser?.stderr}`).toEqual([0, 6]);
      expect(loser?.stderr).toContain("the host is held by another run");
      expect(loser?.stderr).toContain(`(pid ${winner?.pid}, `);
      const after = await Promise.all(lab.hosts.map(runsOn));
      const writers = lab.hosts.map((_, index) => ({
        lines: news(before[index]?.lines ?? [], after[index]?.lines ?? []),
        records: news(before[index]?.records ?? [], after[index]?.records ?? []),
      }));
      const run = writers[0]?.lines[0];
      expect(run).toBeDefined();
      for (const writer of writers) expect(writer).toEqual({ lines: [run], records: [run] });
    },
  );
});

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
  const [first, second] = next() < 0.5 ? operators : operators.toReversed();
  if (!first || !second) return expect.fail("two operators are needed");
  const one = first.start(first.create);
  await sleep(next() * 200);
  return [one, second.start(second.create)];
};

const news = (before: readonly string[], after: readonly string[]): string[] => after.filter((run) => !before.includes(run));

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

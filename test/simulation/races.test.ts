import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { withLeases } from "../../src/actions/fleet/lease.ts";
import type { Host } from "../../src/changes/host.ts";
import type { Ticket } from "../../src/changes/message.ts";
import { UserError } from "../../src/shared/errors.ts";
import { type Random, randomOf } from "../support/random.ts";
import { inVirtualTime } from "./clock.ts";
import { createFleet } from "./fleet.ts";
import { namesOf } from "./scenario.ts";

interface Written {
  readonly run: string;
  readonly host: string;
  readonly from: number;
  readonly to: number;
}

/** Writes some files on each host, all hosts at once, and notes when. */
const writeAll = async (doors: readonly Host[], ticket: Ticket, signal: AbortSignal, written: Written[]): Promise<void> => {
  const write = async (door: Host): Promise<void> => {
    for (let nth = 0; nth < 12; nth++) {
      const from = Date.now();
      const changes = [{ kind: "file", path: `/srv/${nth}`, content: ticket.run, mode: 0o644 }] as const;
      await door.send({ kind: "change", reading: "apply", ticket, changes }, { signal });
      written.push({ run: ticket.run, host: door.name, from, to: Date.now() });
    }
  };
  await Promise.all(doors.map(write));
};

/** Two operators who want the same three hosts at nearly the same moment, over lines of their own. */
const race = async (seed: number): Promise<{ readonly ends: readonly string[]; readonly written: readonly Written[] }> => {
  const names = namesOf(3);
  const fleet = createFleet({ seed, names, version: "v1.36.3", scale: 1 });
  const written: Written[] = [];
  const operator = async (name: string): Promise<string> => {
    const next: Random = randomOf(seed, name);
    const signal = new AbortController().signal;
    const doors = await Promise.all(names.map((host) => fleet.door(host, signal)));
    // Hosts answer in tens of milliseconds: the two meet before the first door, between doors, and in the middle of the work.
    await sleep(Math.floor(next() * 250));
    const ticket: Ticket = { cluster: { id: "c", name: "sim" }, run: name };
    try {
      await withLeases(doors, ticket, { command: name, signal }, async (lost) => {
        await writeAll(doors, ticket, lost, written);
        return { exit: "done" as const };
      });
      return "done";
    } catch (error) {
      return error instanceof UserError ? error.exit : String(error);
    }
  };
  return { ends: await Promise.all([operator("alice"), operator("bob")]), written };
};

test("of two operators who race for the same hosts one is told that the other has them, 200 times: never two write at once", {
  timeout: 60_000,
}, async () => {
  const seeds = Array.from({ length: 200 }, (_, seed) => seed);
  const { result: races } = await inVirtualTime(() => Promise.all(seeds.map(race)));
  for (const [seed, { ends, written }] of races.entries()) {
    expect([seed, ends.toSorted()]).toEqual([seed, ["done", "locked"]]);
    expect([seed, new Set(written.map(({ run }) => run)).size, written.length]).toEqual([seed, 1, 36]);
  }
  // Both win some: it is a race.
  expect(new Set(races.flatMap(({ written }) => written.map(({ run }) => run))).size).toBe(2);
});

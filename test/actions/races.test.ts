import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { withLeases } from "../../src/actions/fleet/lease.ts";
import type { Host } from "../../src/changes/host.ts";
import type { Ticket } from "../../src/changes/message.ts";
import { UserError } from "../../src/shared/errors.ts";
import { type FakeMachine, fakeHost, fakeMachine } from "../support/fake-host.ts";
import { type Random, randomOf } from "../support/random.ts";

const seed = Number(process.env["KBS_SEED"] ?? 85);
const races = 200;

/** A door that answers after a moment, as hosts at some distance do. */
const farDoor = (machine: FakeMachine, next: Random): Host => {
  const { host } = fakeHost(machine);
  const moment = (): Promise<void> => sleep(next() * 4);
  return {
    ...host,
    hold: async (ticket, owner, options) => {
      await moment();
      const lease = await host.hold(ticket, owner, options);
      await moment();
      return lease;
    },
    send: async (message, options) => {
      await moment();
      return await host.send(message, options);
    },
  };
};

interface Racer {
  readonly run: string;
  readonly end: Promise<"went on" | UserError>;
}

/** An operator who wants to change every machine, in two messages each, and does not let go before the other has had an answer. */
const racer = (run: string, machines: readonly FakeMachine[], next: Random, otherAnswered: Promise<unknown>): Racer => {
  const ticket: Ticket = { cluster: { id: "c", name: "demo" }, run };
  const doors = machines.map((machine) => farDoor(machine, next));
  const { signal } = new AbortController();
  const work = async () => {
    for (const path of ["/a", "/b"])
      await Promise.all(
        doors.map((door) =>
          door.send({ kind: "change", reading: "apply", ticket, changes: [{ kind: "file", path, content: run, mode: 0o600 }] }),
        ),
      );
    await otherAnswered;
    return { exit: "done" as const };
  };
  const go = async (): Promise<"went on"> => {
    await sleep(next() * 6);
    await withLeases(doors, ticket, { command: `kbs apply, ${run}`, signal }, work);
    return "went on";
  };
  return {
    run,
    end: go().catch((error: unknown) => {
      if (error instanceof UserError) return error;
      throw error;
    }),
  };
};

/** Runs whose messages changed a machine. */
const writersOn = ({ messages }: FakeMachine): readonly string[] => [
  ...new Set(messages.flatMap((message) => (message.kind === "change" ? [message.ticket.run] : []))),
];

/** Gives who won. */
const race = async (nth: number): Promise<string> => {
  const next = randomOf(seed, `race ${nth}`);
  const machines = Array.from({ length: 1 + Math.floor(next() * 6) }, (_, index) => fakeMachine(`h${index}`));
  const refused = Promise.withResolvers<void>();
  const both = ["alice", "bob"].map((name) => racer(`${name} ${nth}`, machines, randomOf(seed, `${name} ${nth}`), refused.promise));
  // Whoever is refused hears it at once; whoever goes on waits for that.
  const ends = await Promise.all(
    both.map(async ({ run, end }) => {
      const how = await end;
      if (how !== "went on") refused.resolve();
      return { run, how };
    }),
  );
  const winners = ends.filter(({ how }) => how === "went on");
  const [loser] = ends.filter(({ how }) => how !== "went on");
  const [winner] = winners;
  expect(winners, `race ${nth}`).toHaveLength(1);
  expect(loser?.how, `race ${nth}`).toMatchObject({
    exit: "locked",
    details: { probably: expect.stringContaining(winner?.run ?? "?") },
  });
  for (const machine of machines) {
    expect(writersOn(machine), `race ${nth}`).toEqual([winner?.run]);
    expect([machine.nodes.get("/a")?.content.toString(), machine.nodes.get("/b")?.content.toString()]).toEqual([winner?.run, winner?.run]);
    expect(machine.holder, `race ${nth}`).toBeUndefined();
  }
  return winner?.run.split(" ")[0] ?? "";
};

describe(`two operators at once (KBS_SEED=${seed})`, () => {
  test(`in ${races} races: one goes on, the other is told by whom, and no host ever has two writers`, async () => {
    const winners: string[] = [];
    for (let nth = 0; nth < races; nth += 20)
      winners.push(...(await Promise.all(Array.from({ length: 20 }, (_, index) => race(nth + index)))));
    // Or it was no race.
    for (const name of ["alice", "bob"]) expect(winners.filter((winner) => winner === name).length).toBeGreaterThan(races / 10);
  });
});

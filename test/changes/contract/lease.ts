import { describe, expect, test } from "vitest";
import type { HostChange } from "../../../src/changes/change.ts";
import type { Message } from "../../../src/changes/message.ts";
import { type Body, beginRun, beginRunAfterDeath, newTicket, someone } from "./body.ts";

const file: HostChange = { kind: "file", path: "/srv/f", content: "x", mode: 0o644 };

/** Who may change a host, and how others learn of it. */
export const leaseCases = (body: () => Body): void => {
  describe("a host", () => {
    test("is held by one run at a time; the other is told by whom", async () => {
      const run = await beginRun(body());
      const { host } = await body().operator();
      await expect(host.hold(newTicket(), someone)).rejects.toMatchObject({
        exit: "locked",
        details: { probably: expect.stringContaining("alice@laptop (pid 4711, kbs create cluster -f it's.yaml") },
      });
      await run.lease.release();
      await (await host.hold(newTicket(), someone)).release();
    });

    test("that two want at once is given to one of them", async () => {
      const operators = await Promise.all([1, 2, 3, 4].map(() => body().operator()));
      const attempts = await Promise.allSettled(operators.map(({ host }) => host.hold(newTicket(), someone)));
      expect(attempts.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      const refused = attempts.flatMap((attempt) => (attempt.status === "rejected" ? [attempt.reason.exit] : []));
      expect(refused).toEqual(["locked", "locked", "locked"]);
      for (const attempt of attempts) if (attempt.status === "fulfilled") await attempt.value.release();
    });

    test.each(["change", "run", "blobs"] as const)(
      "turns a %s away that comes without its lease, before anything is changed",
      async (kind) => {
        const run = await beginRun(body());
        body().files.mkdir("/srv");
        const ticket = newTicket();
        const messages: Readonly<Record<typeof kind, Message>> = {
          change: { kind: "change", reading: "apply", ticket, changes: [file] },
          run: { kind: "run", ticket, script: "touch /srv/f" },
          blobs: {
            kind: "blobs",
            ticket,
            blobs: [{ digest: `sha256:${"0".repeat(64)}`, size: 3 }],
            read: async function* () {
              yield Buffer.from("abc");
            },
          },
        };
        const late = (await body().operator()).host.send(messages[kind]);
        await expect(late).rejects.toMatchObject({ exit: "locked", details: { probably: expect.stringContaining(run.ticket.run) } });
        expect(body().files.tree("/srv")).toEqual({});
        await run.lease.release();
        await expect((await body().operator()).host.send(messages[kind])).rejects.toMatchObject({ exit: "locked" });
        expect(body().files.tree("/srv")).toEqual({});
      },
    );

    test("hears no more of a run that has given it back, even by its own words", async () => {
      const run = await beginRun(body());
      body().files.mkdir("/srv");
      await run.lease.release();
      await expect(run.apply(file)).rejects.toMatchObject({ exit: "locked" });
      expect(body().files.tree("/srv")).toEqual({});
    });

    test("whose holder has died is free, and the holder's late messages are turned away", async () => {
      const dead = await beginRun(body());
      body().files.mkdir("/srv");
      dead.die();
      const next = await beginRunAfterDeath(body());
      expect(await next.apply(file)).toEqual([["changed", "absent"]]);
      const { host } = await body().operator();
      await expect(host.send({ kind: "change", reading: "apply", ticket: dead.ticket, changes: [file] })).rejects.toMatchObject({
        exit: "locked",
      });
    });

    test("tells its holder when the lease is lost", async () => {
      const run = await beginRun(body());
      run.die();
      expect(await run.lease.lost).toEqual(expect.any(String));
    });
  });
};

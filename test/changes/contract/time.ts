import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { HostChange } from "../../../src/changes/change.ts";
import type { Message } from "../../../src/changes/message.ts";
import { base } from "../../../src/changes/sh/base.ts";
import { hold } from "../../../src/changes/sh/hold.ts";
import { loader } from "../../../src/changes/sh/loader.ts";
import { UserError } from "../../../src/shared/errors.ts";
import type { RealBody } from "./bodies.ts";
import { beginRun, beginRunAfterDeath } from "./body.ts";

/** A process with a name of its own, and a child of a child beside it. */
const busy = (mark: string): string => `sh -c 'sleep 7${mark} & sh -c "sleep 8${mark}; :"; :' & sleep 9${mark}; wait`;

const command = (mark: string, within: number): HostChange => ({
  kind: "command",
  name: "busy",
  check: "false",
  apply: busy(mark),
  within,
});

/** What a message was refused with. */
const refusalOf = (sent: Promise<unknown>): Promise<unknown> =>
  sent.then(
    () => "it was not refused",
    (error: unknown) => error,
  );

export const timeCases = (body: () => RealBody): void => {
  const alive = async (mark: string): Promise<string[]> =>
    (await body().run(`pgrep -fx 'sleep [789]${mark}' || :`)).split("\n").filter(Boolean);
  const begun = (mark: string): Promise<void> => expect.poll(async () => (await alive(mark)).length, { timeout: 30_000 }).toBe(3);
  const gone = (mark: string): Promise<void> => expect.poll(() => alive(mark), { timeout: 30_000 }).toEqual([]);

  describe("time", () => {
    test("that a command may take ends it, with a word on it", async () => {
      const run = await beginRun(body());
      expect(await run.apply(command("0001", 1))).toEqual([["failed", expect.stringContaining("took longer than 1 s")]]);
      await gone("0001");
    });

    test("that a whole message may take ends all that it started", async () => {
      const run = await beginRun(body());
      const message = { kind: "change", reading: "apply", ticket: run.ticket, changes: [command("0002", 500)] } as const;
      const refusal = refusalOf(run.host.send(message, { timeout: 3000 }));
      await begun("0002");
      expect(await refusal).toMatchObject({ exit: "phase", message: "the host did not finish within 3 s" });
      await gone("0002");
      expect(await run.apply({ kind: "directory", path: "/srv/after", mode: 0o755 })).toEqual([["changed", "absent"]]);
    });
  });

  test.each([
    ["change", "0003"],
    ["run", "0004"],
    ["ask", "0005"],
  ] as const)("cancelling a %s ends all that it started, and the host takes the next message", async (kind, mark) => {
    const run = await beginRun(body());
    const stop = new AbortController();
    const reason = new UserError("interrupted", { exit: "interrupted" });
    const messages: Readonly<Record<typeof kind, Message>> = {
      change: { kind: "change", reading: "apply", ticket: run.ticket, changes: [command(mark, 500)] },
      run: { kind: "run", ticket: run.ticket, script: busy(mark) },
      ask: { kind: "ask", questions: [{ id: "busy", script: busy(mark), within: 500 }] },
    };
    const refusal = refusalOf(run.host.send(messages[kind], { signal: stop.signal }));
    await begun(mark);
    stop.abort(reason);
    expect(await refusal).toBe(reason);
    await gone(mark);
    expect(await run.apply({ kind: "directory", path: "/srv/after", mode: 0o755 })).toEqual([["changed", "absent"]]);
  });

  describe("what a killed run left behind", () => {
    test("is ended by the next holder before it begins", async () => {
      const dead = await beginRun(body());
      void dead.apply(command("0006", 500)).catch(() => undefined);
      await begun("0006");
      dead.die();
      const next = await beginRunAfterDeath(body());
      expect(await alive("0006")).toEqual([]);
      expect(await next.apply({ kind: "directory", path: "/srv/after", mode: 0o755 })).toEqual([["changed", "absent"]]);
      expect(Object.keys(body().files.tree("/run/kbs")).filter((name) => name.startsWith("session"))).toEqual([]);
    });

    test("does not hide another run's processes, nor is anything else ended with it", async () => {
      const dead = await beginRun(body());
      void dead.apply(command("0007", 500)).catch(() => undefined);
      await begun("0007");
      const bystander = body().sandbox.spawn(["/bin/sh", "-c", busy("0008")]);
      await begun("0008");
      dead.die();
      await beginRunAfterDeath(body());
      expect(await alive("0007")).toEqual([]);
      expect(await alive("0008")).toHaveLength(3);
      await body().run("pkill -fx 'sleep [789]0008'");
      bystander.kill();
    });

    test("is forgotten when its process number belongs to someone else by now", async () => {
      const dead = await beginRun(body());
      const bystander = body().sandbox.spawn(["/bin/sh", "-c", busy("0009")]);
      await begun("0009");
      const [pid] = await alive("0009");
      const session = await body().run(`ps -o sid= -p ${pid}`);
      body().files.write("/run/kbs/session.1.1", `${session.trim()} 1\n`);
      dead.die();
      await beginRunAfterDeath(body());
      expect(await alive("0009")).toHaveLength(3);
      expect(body().files.read("/run/kbs/session.1.1")).toBeUndefined();
      await body().run("pkill -fx 'sleep [789]0009'");
      bystander.kill();
    });
  });

  test("a holder that has gone silent loses the host, though its connection stands", async () => {
    const transport = await body().transport();
    const script = [base, hold, "hold silent someone record 1.5"].join("\n");
    const digest = createHash("sha256").update(script).digest("hex");
    const shell = await transport.start(loader);
    shell.stdin.write(`${"0".repeat(32)} ${Buffer.byteLength(script)} ${digest}\n${script}`);
    const sign = setInterval(() => shell.stdin.write("."), 300);
    let said = "";
    shell.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
    await expect.poll(() => said, { timeout: 30_000 }).toContain(" answer ");
    await expect(beginRun(body())).rejects.toMatchObject({ exit: "locked" });
    clearInterval(sign);
    expect(await shell.ended).toMatchObject({ code: 0, signal: null });
    await (await beginRunAfterDeath(body())).lease.release();
    await transport.close();
  });

  test("a message that ends well leaves no process and no trace of its session", async () => {
    const run = await beginRun(body());
    await run.apply({ kind: "file", path: "/srv/f", content: "x", mode: 0o644 });
    await run.lease.release();
    const left = Object.keys(body().files.tree("/run/kbs")).filter((name) => !name.endsWith(".lock"));
    expect(left).toEqual([]);
  });
};

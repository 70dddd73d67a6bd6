import { describe, expect, test } from "vitest";
import type { HostChange } from "../../../src/changes/change.ts";
import type { Message } from "../../../src/changes/message.ts";
import { UserError } from "../../../src/shared/errors.ts";
import type { RealBody } from "./bodies.ts";
import { beginRun, beginRunAfterDeath, type Run } from "./body.ts";

const file = (path: string): HostChange => ({ kind: "file", path, content: path, mode: 0o600 });

/** Says that it has begun, and waits to be let go. */
const gate: HostChange = {
  kind: "command",
  name: "gate",
  check: "test -e /srv/passed",
  apply: ": >/srv/begun; until [ -e /srv/go ]; do sleep 0.05; done; : >/srv/passed",
};

const reason = new UserError("interrupted", { exit: "interrupted" });
const refusalOf = (sent: Promise<unknown>): Promise<unknown> =>
  sent.then(
    () => "it was not refused",
    (error: unknown) => error,
  );

/** How a run ends that its operator has told to stop. */
export const stopCases = (body: () => RealBody): void => {
  const exists = (path: string): boolean => body().files.read(path) !== undefined;
  const begun = (): Promise<void> => expect.poll(() => exists("/srv/begun"), { timeout: 30_000 }).toBe(true);
  const journal = (): string[] =>
    (body().files.read("/var/lib/kbs/journal")?.toString() ?? "")
      .trim()
      .split("\n")
      .map((line) => line.split(" ").slice(2).join(" "));

  /** A list of changes of which the second is under way. */
  const underWay = async (run: Run) => {
    body().files.mkdir("/srv");
    const stop = new AbortController();
    const heard: string[] = [];
    const message: Message = { kind: "change", reading: "apply", ticket: run.ticket, changes: [file("/srv/a"), gate, file("/srv/c")] };
    const onRecord = ({ index, state }: { readonly index: number; readonly state: string }): void => void heard.push(`${index} ${state}`);
    const refusal = refusalOf(run.host.send(message, { signal: stop.signal, onRecord }));
    await begun();
    return { stop, heard, refusal };
  };

  describe("a run that is told to stop", () => {
    test("finishes the change in flight and begins no other", async () => {
      const run = await beginRun(body());
      const { stop, heard, refusal } = await underWay(run);
      run.lease.stop();
      stop.abort(reason);
      await expect.poll(() => exists("/run/kbs/stop"), { timeout: 30_000 }).toBe(true);
      body().files.write("/srv/go", "");
      expect(await refusal).toMatchObject({ exit: "interrupted" });
      expect(heard).toEqual(["0 changed", "1 changed"]);
      expect(Object.keys(body().files.tree("/srv"))).toEqual(["a", "begun", "go", "passed"]);
      expect(journal()).toEqual([
        "begun path:/srv/a",
        "begun command:gate",
        "begun path:/srv/c",
        "done path:/srv/a",
        "done command:gate",
        "left path:/srv/c",
      ]);
      await expect(run.apply(file("/srv/c"))).rejects.toMatchObject({ exit: "interrupted" });
      await run.lease.release("interrupted");
      const again = await beginRun(body());
      expect((await again.apply(file("/srv/a"), gate, file("/srv/c"))).map(([state]) => state)).toEqual(["same", "same", "changed"]);
    });

    test("is not kept by a change that takes too long", async () => {
      const run = await beginRun(body());
      const { stop, heard, refusal } = await underWay(run);
      run.lease.stop();
      stop.abort(reason);
      expect(await refusal).toBe(reason);
      expect(heard).toEqual(["0 changed"]);
      await run.lease.release("interrupted");
      const sessions = (): string[] => Object.keys(body().files.tree("/run/kbs")).filter((name) => name.startsWith("session"));
      await expect.poll(sessions, { timeout: 30_000 }).toEqual([]);
    });

    test("by its death finishes the change in flight too, and leaves no process behind", async () => {
      const run = await beginRun(body());
      const { refusal } = await underWay(run);
      run.die();
      await expect.poll(() => exists("/run/kbs/stop"), { timeout: 30_000 }).toBe(true);
      body().files.write("/srv/go", "");
      void refusal;
      await expect.poll(() => exists("/srv/passed"), { timeout: 30_000 }).toBe(true);
      const scripts = async (): Promise<string> => await body().run("pgrep -f '^/bin/sh -c umask 077' || :");
      await expect.poll(scripts, { timeout: 30_000 }).toBe("");
      expect(exists("/srv/c")).toBe(false);
      const again = await beginRunAfterDeath(body());
      expect((await again.apply(file("/srv/a"), gate, file("/srv/c"))).map(([state]) => state)).toEqual(["same", "same", "changed"]);
    });
  });
};

import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { HostChange } from "../../src/changes/change.ts";
import { describeReal } from "../host/ssh/real.ts";
import { type CableBody, sshBody } from "./contract/bodies.ts";
import { beginRun, beginRunAfterDeath } from "./contract/body.ts";

// Small processes, on machines that may have better things to do.
vi.setConfig({ testTimeout: 180_000 });

/** Seconds; kbs itself has 45 and 10. */
const [lease, keepAlive] = [4, 1];

let body: CableBody;
beforeAll(async () => {
  body = await sshBody({ stopping: 30_000, lease }, keepAlive);
});
afterAll(() => body.stop());

const file = (path: string): HostChange => ({ kind: "file", path, content: path, mode: 0o600 });
const gate: HostChange = {
  kind: "command",
  name: "gate",
  check: "test -e /srv/passed",
  apply: ": >/srv/begun; until [ -e /srv/go ]; do sleep 0.05; done; : >/srv/passed",
};
const exists = (path: string): boolean => body.files.read(path) !== undefined;
const soon = (seen: () => boolean): Promise<void> => expect.poll(seen, { timeout: 60_000 }).toBe(true);

describeReal("a link that is cut without a word", () => {
  test("ends the run with a sentence, the host gives itself back after the change in flight, and a rerun converges", async () => {
    body.files.mkdir("/srv");
    const run = await beginRun(body);
    const wishes = [file("/srv/a"), gate, file("/srv/c")];
    const refusal = run.apply(...wishes).then(
      () => "it was not refused",
      (error: unknown) => error,
    );
    await soon(() => exists("/srv/begun"));
    body.cut();
    expect(await refusal).toMatchObject({
      exit: "unreachable",
      details: { host: "sandbox", hint: expect.stringContaining("Run the same command again") },
    });
    expect(await run.lease.lost).toEqual(expect.any(String));
    await soon(() => exists("/run/kbs/stop"));
    expect(exists("/run/kbs/run")).toBe(false);
    body.files.write("/srv/go", "");
    await soon(() => exists("/srv/passed"));
    await expect.poll(() => body.run("ls /run/kbs | grep session || :"), { timeout: 60_000 }).toBe("");
    expect(exists("/srv/c")).toBe(false);
    const again = await beginRunAfterDeath(body);
    expect((await again.apply(...wishes)).map(([state]) => state)).toEqual(["same", "same", "changed"]);
  });
});

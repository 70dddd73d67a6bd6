import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { isAnythingOpen } from "../../src/actions/apply/open-changes.ts";
import { withLeases } from "../../src/actions/fleet/lease.ts";
import { history } from "../../src/actions/history.ts";
import type { Connected, FleetOptions } from "../../src/actions/options.ts";
import { unlockCluster } from "../../src/actions/unlock.ts";
import type { HostChange } from "../../src/changes/change.ts";
import { createBus } from "../../src/engine/events.ts";
import { UserError } from "../../src/shared/errors.ts";
import { plainBody, type RealBody } from "../changes/contract/bodies.ts";
import { newTicket } from "../changes/contract/body.ts";
import { describeReal } from "../host/ssh/real.ts";
import { options } from "./options.ts";

// Small processes, on machines that may have better things to do.
vi.setConfig({ testTimeout: 120_000 });

const configuration = `apiVersion: kbs/v1
kind: Cluster
metadata: { name: demo }
spec:
  hosts:
    - { name: cp1, address: 10.0.0.11, roles: [control-plane, worker] }
`;

let body: RealBody;
const directory = mkdtempSync(join(tmpdir(), "kbs-unlock-"));
const file = join(directory, "kbs.yaml");
beforeAll(async () => {
  writeFileSync(file, configuration);
  body = await plainBody();
});
afterEach(() => body.forget());
afterAll(async () => {
  await body.stop();
  rmSync(directory, { recursive: true, force: true });
});

const connect = async (): Promise<Connected> => ({
  host: (await body.operator()).host,
  counts: { channels: 0, bytesSent: 0, bytesReceived: 0 },
});

const fleetOptions = (): FleetOptions & { readonly told: string[] } => {
  const bus = createBus();
  const told: string[] = [];
  bus.subscribe((event) => {
    if (event.type === "warning") told.push(event.text);
  });
  return { ...options({ file, connect, bus }), told };
};

const folder = (path: string): HostChange => ({ kind: "directory", path, mode: 0o700 });
const untilTold = ": >/srv/begun; until [ -e /srv/go ]; do sleep 0.05; done; : >/srv/finished";
const wait: HostChange = { kind: "command", name: "wait", check: "false", apply: untilTold, within: 60 };

/** A run of another operator which is in the middle of a change, until it is told to go on; resolves once it is. */
const otherRun = async () => {
  body.files.mkdir("/srv");
  const { host } = await body.operator();
  const ticket = newTicket("demo");
  const { signal } = new AbortController();
  const run = withLeases([host], ticket, { command: "kbs apply -f 'it is.yaml'", signal }, async (stop) => {
    await host.send({ kind: "change", reading: "apply", ticket, changes: [folder("/srv/a"), wait, folder("/srv/c")] }, { signal: stop });
    return { exit: "done" as const };
  });
  const ended = run.then(
    () => "it went on to its end",
    (error: unknown) => error,
  );
  await expect.poll(() => body.files.read("/srv/begun") !== undefined, { timeout: 30_000 }).toBe(true);
  return { host, ticket, ended };
};

const unforeseen = (): Promise<boolean> => Promise.reject(new Error("nobody foresaw this question"));

describeReal("kbs unlock", () => {
  test("says whose the host is and ends that run, which notices and stops; its messages are turned away", async () => {
    const { host, ticket, ended } = await otherRun();
    const mine = fleetOptions();
    const asked: string[] = [];
    const confirm = async (sentence: string, word: string): Promise<boolean> => asked.push(`${word}: ${sentence}`) > 0;
    expect(await unlockCluster({ ...mine, confirm })).toMatchObject({ exit: "done", changed: 1 });
    const whose = /^held for \S+@\S+ \(process \d+ there\), by "kbs apply -f 'it is.yaml'", since \d{4}-\S+Z; it is alive$/;
    expect(mine.told).toEqual([expect.stringMatching(whose)]);
    expect(asked).toEqual([expect.stringContaining(`demo: This ends what these runs do on cp1: ${mine.told[0]}`)]);
    expect(await ended).toMatchObject({
      exit: "unreachable",
      message: "the lease of the host was lost, so nothing more is changed",
      details: { probably: expect.stringContaining("kbs unlock") },
    });
    const late = host.send({ kind: "change", reading: "apply", ticket, changes: [folder("/srv/late")] });
    await expect(late).rejects.toMatchObject({ exit: "locked" });
    expect(Object.keys(body.files.tree("/srv"))).not.toContain("c");
    expect(await body.run("pgrep -f '^/bin/sh -c umask 077' || :")).toBe("");
    const { signal } = new AbortController();
    const next = withLeases([(await body.operator()).host], newTicket(), { command: "kbs", signal }, async () => ({
      exit: "done" as const,
    }));
    expect(await next).toEqual({ exit: "done" });
  });

  test("ends nothing that was not confirmed", async () => {
    const { ended } = await otherRun();
    await expect(unlockCluster({ ...fleetOptions(), confirm: async () => false })).rejects.toMatchObject({
      message: "not confirmed; nothing was unlocked",
    });
    body.files.write("/srv/go", "");
    expect(await ended).toBe("it went on to its end");
    expect(Object.keys(body.files.tree("/srv"))).toEqual(["a", "begun", "c", "finished", "go"]);
  });

  test("says of a host that nobody holds that there is nothing to do, and asks nothing", async () => {
    const mine = fleetOptions();
    expect(await unlockCluster({ ...mine, confirm: unforeseen })).toEqual({ exit: "done", changed: 0, next: [] });
    expect(mine.told).toEqual([]);
  });
});

/** A run that ends like this. */
const run = async (changes: readonly HostChange[], exit: "done" | "phase", command: string) => {
  const { host } = await body.operator();
  const ticket = newTicket("demo");
  const { signal } = new AbortController();
  await withLeases([host], ticket, { command, signal, plan: "sha256:abc" }, async () => {
    await host.send({ kind: "change", reading: "apply", ticket, changes });
    return { exit };
  });
  return ticket.run;
};

const newestEnd = async () => (await history({ ...fleetOptions(), most: 1 })).history.runs[0]?.hosts[0]?.end;

const isOpen = async () => {
  const { host } = await body.operator();
  const found = { fleet: { doors: new Map([["cp1", host]]), failures: new Map<string, UserError>(), close: async () => undefined } };
  return await isAnythingOpen(found, ["cp1"], options());
};

describeReal("what is open", () => {
  test("is found by the next run though all is as wished, until a run has ended well", async () => {
    expect(await isOpen()).toBe(false);
    const broken: HostChange = { kind: "command", name: "broken", check: "false", apply: "false" };
    await run([folder("/srv"), folder("/srv/a"), broken], "phase", "kbs apply");
    expect(await isOpen()).toBe(true);
    await run([folder("/srv/a")], "done", "kbs apply");
    expect(await isOpen()).toBe(false);
  });
});

describeReal("kbs history", () => {
  test("tells from the host alone which runs there were, newest first, who they were, and how they ended", async () => {
    body.files.mkdir("/srv");
    const broken: HostChange = { kind: "command", name: "broken", check: "false", apply: "echo no; false" };
    const first = await run([folder("/srv/a"), broken, folder("/srv/b")], "phase", "kbs create cluster");
    const last = await run([folder("/srv/b")], "done", "kbs apply --yes");
    const unchanged = await run([folder("/srv/a")], "done", "kbs apply");
    const { outcome, history: found } = await history({ ...fleetOptions(), most: 20 });
    expect(outcome.exit).toBe("done");
    expect(found.runs.map(({ run: id }) => id)).toEqual([last, first]);
    expect(found.runs.map(({ run: id }) => id)).not.toContain(unchanged);
    const by = expect.stringMatching(/^\S+@\S+$/);
    const common = { by, pid: process.pid, plan: "sha256:abc", kbs: expect.any(String), started: expect.stringContaining("T") };
    const cp1 = { host: "cp1", undone: 0 };
    expect(found.runs).toMatchObject([
      { ...common, command: "kbs apply --yes", hosts: [{ ...cp1, end: "done", begun: 1, done: 1, left: 0, open: 0 }] },
      { ...common, command: "kbs create cluster", hosts: [{ ...cp1, end: "failed", begun: 3, done: 1, left: 1, open: 1 }] },
    ]);
    expect((await history({ ...fleetOptions(), most: 1 })).history.runs).toHaveLength(1);
  });

  test("tells the changes of one run in order, and what kind of thing was there before, never its content", async () => {
    body.files.write("/srv/old", "a secret of theirs", 0o640);
    const changes: HostChange[] = [
      folder("/srv/new"),
      { kind: "file", path: "/srv/old", content: "ours", mode: 0o600 },
      { kind: "command", name: "mark", check: "test -e /srv/mark", apply: ": >/srv/mark", undo: "rm /srv/mark; echo a secret of theirs" },
    ];
    const id = await run(changes, "done", "kbs create cluster");
    const { history: found } = await history({ ...fleetOptions(), most: 20, run: id.slice(0, 8) });
    expect(found.runs[0]?.hosts[0]?.changes?.map(({ change, state, before }) => [change, state, before])).toEqual([
      ["path:/srv/new", "done", "absent"],
      ["path:/srv/old", "done", "file 640"],
      ["command:mark", "done", "state"],
    ]);
    expect(JSON.stringify(found)).not.toContain("a secret of theirs");
    await expect(history({ ...fleetOptions(), most: 20, run: "ffff-no" })).rejects.toMatchObject({ exit: "usage" });
  });

  test("says of a run that is under way that it runs, and of one that was killed that it was cut off", async () => {
    const { ended } = await otherRun();
    expect(await newestEnd()).toBe("running");
    body.files.write("/srv/go", "");
    await ended;
    expect(await newestEnd()).toBe("done");
    const killed = await body.operator();
    const ticket = newTicket("demo");
    await killed.host.hold(ticket, { user: "bob", machine: "b", pid: 1, command: "kbs" });
    await killed.host.send({ kind: "change", reading: "apply", ticket, changes: [folder("/srv/killed")] });
    killed.die();
    await expect.poll(newestEnd, { timeout: 30_000 }).toBe("cut off");
  });
});

const away = (): Promise<Connected> => Promise.reject(new UserError("gone", { exit: "unreachable" }));

describe("a fleet of which nobody answers", () => {
  test("has no history, and says why, host by host", async () => {
    const { outcome, history: found } = await history({ ...options({ file, connect: away }), most: 20 });
    expect(outcome.exit).toBe("unreachable");
    expect(found).toMatchObject({ runs: [], silent: [{ host: "cp1", problem: "gone" }] });
  });
});

import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { HostChange } from "../../src/changes/change.ts";
import type { Lane } from "../../src/changes/message.ts";
import { describeReal } from "../host/ssh/real.ts";
import { plainBody, type RealBody } from "./contract/bodies.ts";
import { beginRun, newTicket, type Run, told } from "./contract/body.ts";

// What a host writes down of its runs, on a real file system: the same whatever way its scripts come.

// Small processes, on machines that may have better things to do.
vi.setConfig({ testTimeout: 120_000 });

let body: RealBody;
beforeAll(async () => {
  body = await plainBody();
});
afterEach(() => body.forget());
afterAll(() => body.stop());

const state = "/var/lib/kbs";
const file = (path: string, content = path): HostChange => ({ kind: "file", path, content, mode: 0o600 });
const folder = (path: string): HostChange => ({ kind: "directory", path, mode: 0o700 });
const journal = (): string => body.files.read(`${state}/journal`)?.toString() ?? "";
const lines = (): string[] =>
  journal()
    .trim()
    .split("\n")
    .map((line) => line.split(" ").slice(1).join(" "));
const names = (path: string): string[] => Object.keys(body.files.tree(path)).filter((name) => !name.includes("/"));
const look = async ({ host, ticket }: Run, ...changes: readonly HostChange[]) =>
  told((await host.send({ kind: "change", reading: "check", ticket, changes, closes: true })).records);

describeReal("the journal of a host", () => {
  describe("keeps of a run", () => {
    test("who it was, from where, what was typed, since when, and how it ended", async () => {
      const run = await beginRun(body);
      await run.apply(folder("/srv/d"));
      await run.lease.release("failed");
      const [name = ""] = names(`${state}/runs`);
      expect(name).toBe(`000001-${run.ticket.run}`);
      const record = body.files.read(`${state}/runs/${name}`)?.toString().split("\n");
      const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`;
      expect(record).toEqual([
        "by alice@laptop",
        "pid 4711",
        "command kbs create cluster -f it's.yaml",
        "cluster 0b5a8c9e-contract contract",
        expect.stringMatching(new RegExp(`^started ${time}$`)),
        expect.stringMatching(new RegExp(`^ended failed ${time}$`)),
        "",
      ]);
      expect(await body.run(`stat -c %a ${state}/runs ${state}/runs/*`)).toBe("700\n600\n");
    });

    test("no end, when it was cut off", async () => {
      const run = await beginRun(body);
      await run.apply(folder("/srv/d"));
      run.die();
      const [name = ""] = names(`${state}/runs`);
      expect(body.files.read(`${state}/runs/${name}`)?.toString()).not.toContain("ended");
    });

    test("nothing, when all was as wished: not even a folder of its own", async () => {
      body.files.mkdir("/srv/d", 0o700);
      const run = await beginRun(body);
      expect(await run.apply(folder("/srv/d"))).toEqual([["same", ""]]);
      expect(await look(run, folder("/srv/d"))).toEqual([["same", ""]]);
      await run.lease.release("done");
      expect(await body.run(`ls ${state} 2>&1 || :`)).toContain("No such file");
    });
  });

  test("goes on in a line of its own after one that was cut short", async () => {
    body.files.mkdir("/srv");
    await (await beginRun(body)).lease.release();
    for (const torn of ["2026-01-01T00:00:00Z some-run beg", "\0\0\0\0"]) {
      body.files.write(`${state}/journal`, torn, 0o600);
      const run = await beginRun(body);
      await run.apply(file("/srv/f", torn));
      expect(journal().split("\n").slice(1)).toEqual([
        expect.stringMatching(/^\S+Z \S+ begun path:\/srv\/f$/),
        expect.stringMatching(/^\S+Z \S+ done path:\/srv\/f$/),
        "",
      ]);
      await run.lease.release();
    }
  });

  test.each(["apply", "look"] as const)("ends what a killed run has begun, when an %s finds it as wished", async (reading) => {
    body.files.mkdir("/srv");
    body.files.write("/srv/f", "/srv/f", 0o600);
    body.files.mkdir("/srv/d", 0o700);
    const cut = "2026-01-01T00:00:00Z cut-off begun path:/srv/f\n2026-01-01T00:00:00Z cut-off begun path:/srv/other\n";
    body.files.write(`${state}/journal`, cut, 0o600);
    const run = await beginRun(body);
    const wishes = [file("/srv/f"), folder("/srv/d")];
    expect(await (reading === "apply" ? run.apply(...wishes) : look(run, ...wishes))).toEqual([
      ["same", ""],
      ["same", ""],
    ]);
    expect(lines()).toEqual(["cut-off begun path:/srv/f", "cut-off begun path:/srv/other", `${run.ticket.run} done path:/srv/f`]);
  });

  test("keeps open what a killed run may have half made, when a later one ends before it came to that", async () => {
    body.files.mkdir("/srv/dir");
    body.files.write(`${state}/journal`, "2026-01-01T00:00:00Z cut-off begun path:/srv/f\n", 0o600);
    const run = await beginRun(body);
    expect((await run.apply(file("/srv/dir"), file("/srv/f"), file("/srv/g"))).map(([word]) => word)).toEqual(["failed"]);
    expect(lines().filter((line) => !line.includes(" begun "))).toEqual([`${run.ticket.run} left path:/srv/g`]);
    await run.lease.release("failed");
    const next = await beginRun(body);
    expect(body.files.read("/run/kbs/open")?.toString().trim().split("\n").toSorted()).toEqual(["path:/srv/dir", "path:/srv/f"]);
    await next.lease.release();
  });

  test("numbers what was there in one order, whichever of two lanes was first", async () => {
    const run = await beginRun(body);
    await run.apply(folder("/srv/d"));
    const apply = (lane: Lane) => {
      const changes = Array.from({ length: 12 }, (_, nth) => file(`/srv/d/${lane}-${nth}`));
      return run.host.send({ kind: "change", reading: "apply", ticket: run.ticket, lane, changes });
    };
    await Promise.all([apply("main"), apply("images")]);
    const numbers = names(`${state}/before`).map((name) => Number(name.split("-")[0]));
    expect(numbers).toEqual(Array.from({ length: 25 }, (_, nth) => nth + 1));
  });

  test("says done of folders by the names that are on disk, though a later change took one of them away", async () => {
    body.files.write("/srv/old/f", "x");
    const run = await beginRun(body);
    const states = await run.apply(folder("/srv/new"), folder("/srv/old/new"), { kind: "absent", path: "/srv/old" });
    expect(states.map(([word]) => word)).toEqual(["changed", "changed", "changed"]);
    expect(names("/srv")).toEqual(["new"]);
    const done = ["/srv/new", "/srv/old/new", "/srv/old"].map((path) => `${run.ticket.run} done path:${path}`);
    expect(lines().slice(-3)).toEqual(done);
  });

  test("does not grow without end: the newest runs stay whole, of older ones what is still open", async () => {
    const ids = Array.from({ length: 70 }, (_, nth) => `run-${String(nth + 1).padStart(3, "0")}`);
    for (const [nth, id] of ids.entries()) body.files.write(`${state}/runs/${String(nth + 1).padStart(6, "0")}-${id}`, `by ${id}\n`, 0o600);
    const text = ids.flatMap((id) => [`T ${id} begun path:/srv/f`, `T ${id} done path:/srv/f`, `T ${id} begun command:open in ${id}`]);
    const ended = "T run-070 done command:open in run-002";
    body.files.write(`${state}/journal`, ["T run-001 beg", ...text, ended].join("\n"), 0o600);
    const run = await beginRun(body, newTicket());
    const kept = ids.slice(-50);
    expect(names(`${state}/runs`).map((name) => name.slice(7))).toEqual(kept);
    const openInOlder = ids.slice(0, -50).filter((id) => id !== "run-002");
    expect(journal().trim().split("\n")).toEqual([
      ...openInOlder.map((id) => `T ${id} begun command:open in ${id}`),
      ...text.filter((line) => kept.some((id) => line.startsWith(`T ${id} `))),
      ended,
    ]);
    await run.apply(folder("/srv/d"));
    expect(names(`${state}/runs`).at(-1)).toBe(`000071-${run.ticket.run}`);
  });
});

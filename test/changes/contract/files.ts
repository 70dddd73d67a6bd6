import { createHash, randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { FileChange, HostChange, MadeChange } from "../../../src/changes/change.ts";
import { type Body, beginRun, type Run } from "./body.ts";

const frameLike = "0123456789abcdef0123456789abcdef 0 changed 0 5\nhello\n";

/** Content that a shell, a pipe or a protocol might spoil. */
const odd: readonly (readonly [string, string | Buffer])[] = [
  ["nothing in it", ""],
  ["only a newline", "\n"],
  ["no newline at its end", "a\nb"],
  ["newlines at its end", "a\n\n\n"],
  ["NUL bytes", Buffer.from([0, 1, 0, 255, 0])],
  ["every byte", Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))],
  ["UTF-8", "žluťoučký кот 猫 🐈\n"],
  ["CRLF", "a\r\nb\r\n"],
  ["quotes and the shell's own signs", `'"\`$(touch /srv/pwned)\${HOME}\\n!*?~;&|<>()#\n`],
  ["what looks like a record", frameLike],
  ["1 MiB of noise", randomBytes(1024 * 1024)],
];

const file = (path: string, content: string | Buffer, mode = 0o644): FileChange => ({ kind: "file", path, content, mode });

const key: MadeChange = {
  kind: "made",
  path: "/srv/d/key",
  mode: 0o600,
  secret: true,
  what: "a key",
  reason: "it is missing",
  make: () => Buffer.from("new"),
};
const kept: MadeChange = { ...key, keep: createHash("sha256").update("old").digest("hex"), make: () => Buffer.from("old") };

const isThere = (_: unknown, nth: number): boolean => nth % 2 === 0;

export const fileCases = (body: () => Body): void => {
  let run: Run;
  const begin = async (): Promise<void> => {
    body().files.mkdir("/srv/d");
    run = await beginRun(body());
  };
  const read = (path: string): Buffer | undefined => body().files.read(path);

  describe("a file", () => {
    test.each(odd)("with %s arrives byte for byte, once", async (_, content) => {
      await begin();
      const wish = file("/srv/d/f", content, 0o640);
      expect(await run.check(wish)).toEqual([["differs", "absent"]]);
      expect(read("/srv/d/f")).toBeUndefined();
      expect(await run.apply(wish)).toEqual([["changed", "absent"]]);
      expect(read("/srv/d/f")?.equals(Buffer.from(content))).toBe(true);
      expect(await run.apply(wish)).toEqual([["same", ""]]);
      expect(await run.check(wish)).toEqual([["same", ""]]);
      expect(Object.keys(body().files.tree("/srv"))).toEqual(["d", "d/f"]);
    });

    test("among many of one message arrives whole, whatever is beside it", async () => {
      await begin();
      const names = Array.from({ length: 4 * odd.length }, (_, nth) => `/srv/d/${nth}`);
      const folders = names.map((path): HostChange => ({ kind: "directory", path, mode: 0o755 }));
      const files = names.map((name, nth) => file(`${name}/f`, odd[nth % odd.length]?.[1] ?? ""));
      // Half of them are there already: what they would have needed from the stream must be passed over exactly.
      await run.apply(...folders.filter(isThere), ...files.filter(isThere));
      const states = (await run.apply(...folders, ...files)).map(([state]) => state);
      const expected = names.map((_, nth) => (isThere(_, nth) ? "same" : "changed"));
      expect(states).toEqual([...expected, ...expected]);
      const arrived = files.map(({ path, content }) => read(path)?.equals(Buffer.from(content)));
      expect(arrived).toEqual(files.map(() => true));
    });

    test("that someone has edited, or whose mode someone has changed, is told and mended", async () => {
      await begin();
      const wish = file("/srv/d/f", "wished\n", 0o600);
      await run.apply(wish);
      body().files.write("/srv/d/f", "edited\n", 0o600);
      expect(await run.check(wish)).toEqual([["differs", "content differs"]]);
      expect(await run.apply(wish)).toEqual([["changed", "content differs"]]);
      expect(read("/srv/d/f")?.toString()).toBe("wished\n");
      body().files.write("/srv/d/f", "wished\n", 0o644);
      expect(await run.check(wish)).toEqual([["differs", "mode and owner are 644 0:0, not 600 0:0"]]);
      expect((await run.apply(wish))[0]?.[0]).toBe("changed");
      expect(await run.check(wish)).toEqual([["same", ""]]);
    });

    test("where a directory stands is refused in words, and the directory stays", async () => {
      await begin();
      body().files.write("/srv/d/f/inner", "x");
      expect(await run.check(file("/srv/d/f", "x"))).toEqual([["differs", "is a directory"]]);
      expect(await run.apply(file("/srv/d/f", "x"))).toEqual([["failed", "/srv/d/f is a directory"]]);
      expect(read("/srv/d/f/inner")?.toString()).toBe("x");
    });

    test("whose folder is missing is refused in words", async () => {
      await begin();
      expect(await run.apply(file("/srv/d/none/f", "x"))).toEqual([["failed", expect.stringContaining("cannot write")]]);
      expect(body().files.tree("/srv/d")).toEqual({});
    });
  });

  describe("a made thing", () => {
    test("is made when it is missing", async () => {
      await begin();
      expect(await run.apply(key)).toEqual([["changed", "absent"]]);
      expect(read("/srv/d/key")?.toString()).toBe("new");
    });

    test("that is good is kept; only its mode is mended", async () => {
      await begin();
      body().files.write("/srv/d/key", "old", 0o644);
      expect(await run.apply(kept)).toEqual([["changed", "mode and owner are 644 0:0, not 600 0:0"]]);
      expect(await run.apply(kept)).toEqual([["same", ""]]);
      expect(read("/srv/d/key")?.toString()).toBe("old");
    });

    test("that was judged good but is another one by now is told, not passed over", async () => {
      await begin();
      body().files.write("/srv/d/key", "someone else's", 0o600);
      expect(await run.apply(kept)).toEqual([["failed", "/srv/d/key was changed meanwhile; run again"]]);
      expect(read("/srv/d/key")?.toString()).toBe("someone else's");
      body().files.remove("/srv/d/key");
      expect(await run.apply(kept)).toEqual([["failed", "/srv/d/key was changed meanwhile; run again"]]);
    });
  });

  describe("a directory", () => {
    const wish: HostChange = { kind: "directory", path: "/srv/d/e", mode: 0o750 };

    test("is made, once, and its mode is mended", async () => {
      await begin();
      expect(await run.check(wish)).toEqual([["differs", "absent"]]);
      expect(await run.apply(wish)).toEqual([["changed", "absent"]]);
      expect(await run.apply(wish)).toEqual([["same", ""]]);
      body().files.mkdir("/srv/d/e", 0o777);
      expect(await run.apply(wish)).toEqual([["changed", "mode and owner are 777 0:0, not 750 0:0"]]);
      expect(await run.check(wish)).toEqual([["same", ""]]);
    });

    test("where a file stands is refused in words, and the file stays", async () => {
      await begin();
      body().files.write("/srv/d/e", "x");
      expect(await run.apply(wish)).toEqual([["failed", expect.stringContaining("/srv/d/e")]]);
      expect(read("/srv/d/e")?.toString()).toBe("x");
    });
  });

  describe("what must not be there", () => {
    const wish: HostChange = { kind: "absent", path: "/srv/d/gone" };

    test("is taken away, be it a file or a folder with something in it", async () => {
      await begin();
      expect(await run.apply(wish)).toEqual([["same", ""]]);
      body().files.write("/srv/d/gone", "x");
      expect(await run.apply(wish)).toEqual([["changed", "is a regular file"]]);
      body().files.write("/srv/d/gone/inner", "x");
      expect(await run.check(wish)).toEqual([["differs", "is a directory"]]);
      expect(await run.apply(wish)).toEqual([["changed", "is a directory"]]);
      expect(body().files.tree("/srv/d")).toEqual({});
    });
  });

  describe("a list", () => {
    test("ends with its first failure: what stands before is made so, what stands after is not touched", async () => {
      await begin();
      body().files.mkdir("/srv/d/dir");
      const wishes = [file("/srv/d/a", "1"), file("/srv/d/b", "2"), file("/srv/d/dir", "3"), file("/srv/d/c", "4")];
      expect(await run.apply(...wishes)).toEqual([
        ["changed", "absent"],
        ["changed", "absent"],
        ["failed", "/srv/d/dir is a directory"],
      ]);
      expect(Object.keys(body().files.tree("/srv/d"))).toEqual(["a", "b", "dir"]);
    });

    test("answers record by record, in its order", async () => {
      await begin();
      const wishes = Array.from({ length: 12 }, (_, nth) => file(`/srv/d/${nth}`, String(nth)));
      const heard: number[] = [];
      const message = { kind: "change", reading: "apply", ticket: run.ticket, changes: wishes } as const;
      const { records } = await run.host.send(message, { onRecord: ({ index }) => heard.push(index) });
      expect(heard).toEqual(wishes.map((_, index) => index));
      expect(records.map(({ index, code }) => [index, code])).toEqual(wishes.map((_, index) => [index, 0]));
    });

    test("that is only checked changes nothing and needs no lease", async () => {
      const { host } = await body().operator();
      body().files.mkdir("/srv/d");
      const changes: HostChange[] = [file("/srv/d/a", "1"), { kind: "directory", path: "/srv/d/e", mode: 0o700 }];
      const ticket = { cluster: { id: "x", name: "x" }, run: "nobody's" };
      const { records } = await host.send({ kind: "change", reading: "check", ticket, changes });
      expect(records.map(({ state }) => state)).toEqual(["differs", "differs"]);
      expect(body().files.tree("/srv/d")).toEqual({});
    });

    test("may be empty", async () => {
      await begin();
      expect(await run.apply()).toEqual([]);
      expect(await run.check()).toEqual([]);
    });
  });
};

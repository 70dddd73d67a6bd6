import { describe, expect, test } from "vitest";
import type { HostChange } from "../../../src/changes/change.ts";
import type { RealBody } from "./bodies.ts";
import { beginRun } from "./body.ts";

const file = (path: string, content: string): HostChange => ({ kind: "file", path, content, mode: 0o644 });

/** What only a real file system can get wrong. */
export const realFileCases = (body: () => RealBody): void => {
  describe("on a real file system a file", () => {
    test("that is as wished is not written again", async () => {
      const run = await beginRun(body());
      await run.apply(file("/srv/f", "x"));
      const before = body().files.inode("/srv/f");
      await run.apply(file("/srv/f", "x"));
      expect(body().files.inode("/srv/f")).toBe(before);
      await run.apply(file("/srv/f", "y"));
      expect(body().files.inode("/srv/f")).not.toBe(before);
    });

    test.each(["/srv/target", "/srv/folder", "/srv/nowhere"])("takes the place of a link to %s, which stays as it is", async (target) => {
      const { files } = body();
      const run = await beginRun(body());
      files.write("/srv/target", "theirs");
      files.mkdir("/srv/folder");
      files.link("/srv/f", target);
      expect(await run.check(file("/srv/f", "ours"))).toEqual([["differs", "is a symbolic link"]]);
      expect(await run.apply(file("/srv/f", "ours"))).toEqual([["changed", "is a symbolic link"]]);
      expect(files.read("/srv/f")?.toString()).toBe("ours");
      expect(files.read("/srv/target")?.toString()).toBe("theirs");
      expect(files.tree("/srv/folder")).toEqual({});
      expect(await run.apply(file("/srv/f", "ours"))).toEqual([["same", ""]]);
    });

    test("of another owner is root's again", async () => {
      const run = await beginRun(body());
      await run.apply(file("/srv/f", "x"));
      body().files.own("/srv/f", "1:1");
      expect(await run.apply(file("/srv/f", "x"))).toEqual([["changed", "mode and owner are 644 1:1, not 644 0:0"]]);
      expect(await run.check(file("/srv/f", "x"))).toEqual([["same", ""]]);
    });

    test("that comes or goes while it is looked at gives no other one its type, mode and owner", async () => {
      const { files, run: shell } = body();
      const run = await beginRun(body());
      files.write("/srv/goes", "x");
      files.write("/srv/program", "x", 0o755);
      files.mkdir("/srv/theirs");
      const program: HostChange = { kind: "file", path: "/srv/program", content: "x", mode: 0o755 };
      const meanwhile = ": >/srv/comes; rm -f /srv/goes";
      await shell(`printf '#!/bin/sh\n${meanwhile}; exec /usr/bin/stat "$@"\n' >/usr/local/sbin/stat; chmod 755 /usr/local/sbin/stat`);
      try {
        expect(await run.check(file("/srv/comes", ""), file("/srv/goes", "x"), program, file("/srv/theirs", "x"))).toEqual([
          ["differs", "absent"],
          ["differs", "absent"],
          ["same", ""],
          ["differs", "is a directory"],
        ]);
      } finally {
        await shell("rm /usr/local/sbin/stat");
      }
    });

    test("for which there is no room is refused in words, and what was there stays", async () => {
      const run = await beginRun(body());
      await run.host.send({ kind: "run", script: "mkdir -p /srv/small && mount -t tmpfs -o size=64k tmpfs /srv/small" });
      try {
        body().files.write("/srv/small/f", "old");
        const big = { ...file("/srv/small/f", "x".repeat(1024 * 1024)) };
        expect(await run.apply(big)).toEqual([["failed", "cannot write /srv/small/.kbs-f~: is its folder there, and room on the disk?"]]);
        expect(body().files.read("/srv/small/f")?.toString()).toBe("old");
        expect(Object.keys(body().files.tree("/srv/small"))).toEqual(["f"]);
      } finally {
        await body().run("umount /srv/small");
      }
    });

    test("whose time of change is newer, but which is the same, is the same", async () => {
      const run = await beginRun(body());
      await run.apply(file("/srv/f", "x"));
      body().files.touch("/srv/f", 1_000_000_000);
      expect(await run.apply(file("/srv/f", "x"))).toEqual([["same", ""]]);
    });
  });

  test("a name that a shell or a journal could misread is refused before anything is sent", async () => {
    const run = await beginRun(body());
    for (const path of ["relative", "/srv/two words", "/srv/a\nb", "/srv/$(id)", "/srv/'", ""]) {
      await expect(run.apply(file(path, "x"))).rejects.toThrow(RangeError);
    }
  });

  test("what was changed for the time being by a link in its path is found there again", async () => {
    const { files } = body();
    const run = await beginRun(body());
    files.mkdir("/srv/real");
    files.link("/srv/through", "/srv/real");
    expect(await run.apply(file("/srv/through/f", "x"))).toEqual([["changed", "absent"]]);
    expect(files.read("/srv/real/f")?.toString()).toBe("x");
    expect(await run.apply(file("/srv/through/f", "x"))).toEqual([["same", ""]]);
  });
};

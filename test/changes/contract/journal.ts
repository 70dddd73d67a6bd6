import { describe, expect, test } from "vitest";
import type { HostChange } from "../../../src/changes/change.ts";
import { undoScript } from "../../../src/changes/sh/undo.ts";
import type { RealBody } from "./bodies.ts";
import { beginRun, type Run } from "./body.ts";

const file = (path: string, content: string | Buffer, mode = 0o600): HostChange => ({ kind: "file", path, content, mode });

const undo = async ({ host, ticket }: Run): Promise<string> => {
  const { records } = await host.send({ kind: "run", script: undoScript, ticket });
  expect(records[0]?.code).toBe(0);
  return records[0]?.output.toString() ?? "";
};

/** The journal's lines, without their times. */
const journalOf = ({ files }: RealBody): string[] => {
  const text = files.read("/var/lib/kbs/journal")?.toString() ?? "";
  return text
    .trim()
    .split("\n")
    .map((line) => line.split(" ").slice(1).join(" "));
};

/** What was there before kbs came, and that it is there again when kbs has gone. */
export const journalCases = (body: () => RealBody): void => {
  const treasure = Buffer.from([0, 10, 10, 255, 13, 10, 0, 10]);

  const furnish = (): void => {
    const { files } = body();
    files.write("/srv/theirs", treasure, 0o4750);
    files.own("/srv/theirs", "7:8");
    files.write("/srv/same", "as kbs wants it", 0o600);
    files.write("/srv/folder/inner", "inner", 0o604);
    files.mkdir("/srv/folder", 0o2711);
    files.mkdir("/srv/empty", 0o700);
    files.mkdir("/srv/data", 0o711);
    files.link("/srv/link", "somewhere/else");
    files.link("/srv/folder-link", "/srv/folder");
    files.link("/srv/hanging", 'it\'s nowhere, "really"');
    for (const path of ["/srv/theirs", "/srv/same", "/srv/folder/inner"]) files.touch(path, 1_234_567_890);
  };

  const wishes: readonly HostChange[] = [
    { kind: "directory", path: "/srv/new", mode: 0o755 },
    { kind: "directory", path: "/srv/new/deep", mode: 0o755 },
    { kind: "directory", path: "/srv/folder", mode: 0o755 },
    { kind: "directory", path: "/srv/state", mode: 0o700, data: true },
    { kind: "directory", path: "/srv/data", mode: 0o700, data: true },
    file("/srv/new/deep/f", "x"),
    file("/srv/theirs", "ours"),
    file("/srv/same", "as kbs wants it"),
    file("/srv/link", "ours"),
    file("/srv/folder-link", "ours"),
    file("/srv/hanging", "ours"),
    file("/srv/folder/inner", "ours"),
    { kind: "command", name: "mark", check: "test -e /srv/mark", apply: ": >/srv/mark", undo: "rm /srv/mark" },
  ];

  describe("what was there before", () => {
    test("is there again after an undo, byte for byte, with mode, owner and time, and nothing of kbs is left", async () => {
      furnish();
      const before = body().files.tree("/srv");
      const run = await beginRun(body());
      await run.apply(...wishes);
      // What runs in the cluster writes where it likes below its data folders.
      body().files.write("/srv/state/deep/of/the/cluster", "x");
      body().files.write("/srv/data/of/the/cluster", "x");
      expect(await undo(run)).toBe("");
      expect(body().files.tree("/srv")).toEqual(before);
      expect(await body().run("ls -A /var/lib/kbs 2>/dev/null || :")).toBe("");
    });

    test("is what the first of many changes found, whatever came later", async () => {
      furnish();
      const before = body().files.tree("/srv");
      const first = await beginRun(body());
      await first.apply(file("/srv/theirs", "one"), file("/srv/late", "1"));
      await first.lease.release();
      const second = await beginRun(body());
      await second.apply(file("/srv/theirs", "two"), { kind: "absent", path: "/srv/late" }, { kind: "absent", path: "/srv/same" });
      await second.apply(file("/srv/theirs", "three"), file("/srv/late", "2"), file("/srv/same", "back"));
      await undo(second);
      expect(body().files.tree("/srv")).toEqual(before);
    });

    test("is named when it cannot be given back, and the rest is", async () => {
      const run = await beginRun(body());
      body().files.mkdir("/srv");
      await run.apply({ kind: "directory", path: "/srv/new", mode: 0o755 }, file("/srv/other", "x"));
      body().files.write("/srv/new/of-someone-else", "x");
      expect(await undo(run)).toBe("left /srv/new: it is not empty\n");
      expect(Object.keys(body().files.tree("/srv"))).toEqual(["new", "new/of-someone-else"]);
    });

    test("of settings, services, modules, hostname and fstab comes back, too", async () => {
      const { files, run: shell } = body();
      const table =
        "/dev/sdb2 none swap sw 0 0\n\t/dev/sdb3 none swap sw 0 0\n# \\ 'quoted' \"twice\"; & more\n\nUUID=1 / ext4 defaults 0 1";
      files.write("/etc/fstab", table);
      await shell(
        "rm -rf /run/doubles/unit; echo 0 >/proc/sys/net/ipv4/ip_forward; hostname before; echo before.example.org >/etc/hostname; systemctl restart running.service; systemctl enable running.service",
      );
      const run = await beginRun(body());
      const states = await run.apply(
        { kind: "swap", wanted: "off" },
        { kind: "sysctl", key: "net.ipv4.ip_forward", value: "1" },
        { kind: "hostname", name: "after" },
        { kind: "module", name: "kbs_known" },
        { kind: "service", unit: "new.service", inputs: [] },
        { kind: "service", unit: "running.service", inputs: [] },
      );
      expect(states.map(([state]) => state)).toEqual(Array.from({ length: 6 }, () => "changed"));
      expect(await undo(run)).toBe("");
      expect(files.read("/etc/fstab")?.toString()).toBe(table);
      expect(
        await shell(
          "cat /proc/sys/net/ipv4/ip_forward; hostname; cat /etc/hostname; stat -c %a /etc/hostname /etc/fstab; tail -n 1 /run/doubles/modules",
        ),
      ).toBe("0\nbefore\nbefore.example.org\n644\n644\nremoved\n");
      expect(await shell("for u in new running; do systemctl show $u.service; done")).toBe("disabled\ninactive\nenabled\nactive\n");
    });
  });

  test("a host without fstab and without a name of its own gets none by an undo", async () => {
    const { files, run: shell } = body();
    await shell("rm -f /etc/fstab /etc/hostname; hostname before");
    const run = await beginRun(body());
    expect(await run.apply({ kind: "swap", wanted: "off" }, { kind: "hostname", name: "after" })).toEqual([
      ["same", ""],
      ["changed", "is before"],
    ]);
    await undo(run);
    expect([files.read("/etc/fstab"), files.read("/etc/hostname"), await shell("hostname")]).toEqual([undefined, undefined, "before\n"]);
  });

  describe("the journal", () => {
    test("says begun before and done after, by which run, and nothing of what was the same", async () => {
      const run = await beginRun(body());
      body().files.mkdir("/srv");
      await run.apply(file("/srv/a", "1"), file("/srv/b", "2"));
      await run.apply(file("/srv/a", "1"));
      const by = run.ticket.run;
      expect(journalOf(body())).toEqual([
        `${by} begun path:/srv/a`,
        `${by} begun path:/srv/b`,
        `${by} done path:/srv/a`,
        `${by} done path:/srv/b`,
      ]);
    });

    test("leaves a failed change begun, and says of those behind it that nothing was made of them", async () => {
      const run = await beginRun(body());
      body().files.mkdir("/srv/b");
      await run.apply(file("/srv/a", "1"), file("/srv/b", "2"), file("/srv/c", "3"));
      expect(journalOf(body()).map((line) => line.replace(`${run.ticket.run} `, ""))).toEqual([
        "begun path:/srv/a",
        "begun path:/srv/b",
        "begun path:/srv/c",
        "done path:/srv/a",
        "left path:/srv/c",
      ]);
    });

    test("and the before-images can be read by root alone", async () => {
      furnish();
      const run = await beginRun(body());
      await run.apply(...wishes);
      expect(await body().run("stat -c %a /var/lib/kbs; find /var/lib/kbs -mindepth 1 -maxdepth 1 -perm /077")).toBe("700\n");
    });
  });
};

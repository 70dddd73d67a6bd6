import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { HostChange } from "../../src/changes/change.ts";
import type { Record as Answer } from "../../src/changes/message.ts";
import { undoScript } from "../../src/changes/sh/undo.ts";
import { describeReal } from "../host/ssh/real.ts";
import { plainBody, type RealBody } from "./contract/bodies.ts";
import { beginRun, type Run } from "./contract/body.ts";

// Giving a host back, cut off wherever it can be, among mounts and files of other people: on a real file system.

// Hundreds of small processes, on machines that may have better things to do.
vi.setConfig({ testTimeout: 300_000 });

let body: RealBody;
beforeAll(async () => {
  body = await plainBody();
});
afterEach(async () => {
  await body.run(`cut -d' ' -f5 /proc/self/mountinfo | grep -E '^/srv/|^/var/lib/kbs/' | sort -r | while read -r m; do umount "$(printf '%b' "$m")"; done
rm -rf /var/lib/kbs-kept /run/doubles/unit`);
  await body.forget();
});
afterAll(() => body.stop());

const file = (path: string, content: string, mode = 0o600): HostChange => ({ kind: "file", path, content, mode });
const data = (path: string): HostChange => ({ kind: "directory", path, mode: 0o700, data: true });

const undo = async ({ host, ticket }: Run, script = undoScript): Promise<Answer> => {
  const { records } = await host.send({ kind: "run", script, ticket });
  return records[0] ?? expect.fail("no answer");
};

const undoWell = async (run: Run): Promise<string> => {
  const { code, output } = await undo(run);
  expect({ code, output: output.toString() }).toEqual({ code: 0, output: output.toString() });
  return output.toString();
};

/** Folders on another disk, and links to them where kbs looks for them. Gives all that there is. */
const onDisk = (): Readonly<Record<string, string>> => {
  const { files } = body;
  files.write("/srv/disk/data/theirs", "theirs");
  files.mkdir("/srv/disk/data", 0o711);
  files.own("/srv/disk/data", "7:8");
  files.mkdir("/srv/disk/empty", 0o700);
  files.link("/srv/data", "disk/data");
  files.link("/srv/empty", "/srv/disk/empty");
  return files.tree("/srv");
};

const kept = (): string[] => Object.keys(body.files.tree("/var/lib/kbs-kept"));

const isGivenBack = async (): Promise<void> => expect(await body.run("ls -d /var/lib/kbs 2>&1 || :")).toContain("No such file");

/** Programs of the machine that end the whole message by SIGKILL, before they do anything, when they are the n-th. */
const mortal = ["mv", "rm", "rmdir", "cp", "chmod", "chown", "ln", "mkdir", "sync", "find", "systemctl", "modprobe", "date"];
const armScript = `
for program in ${mortal.join(" ")}; do
  real=/usr/local/sbin/$program.real; [ -e $real ] || real=$(command -v $program)
  [ ! -e /usr/local/sbin/$program ] || [ -e /usr/local/sbin/$program.real ] || { mv /usr/local/sbin/$program /usr/local/sbin/$program.real; real=/usr/local/sbin/$program.real; }
  cat >/run/shim <<END
#!/bin/sh
if [ -s /run/lives ]; then
  read -r lives </run/lives; echo \\$((lives - 1)) >/run/lives
  [ \\$lives != 1 ] || pkill -9 -s 0
fi
exec $real "\\$@"
END
  chmod 755 /run/shim; cp /run/shim /usr/local/sbin/$program
done`;

describeReal("giving back", () => {
  describe("killed before every third of its commands, again and again", () => {
    beforeAll(async () => {
      await body.run(armScript);
    });
    afterAll(async () => {
      await body.run(
        `for program in ${mortal.join(" ")}; do rm -f /usr/local/sbin/$program; [ ! -e /usr/local/sbin/$program.real ] || mv /usr/local/sbin/$program.real /usr/local/sbin/$program; done`,
      );
    });

    test("gives the host back byte for byte at the first that is left alone", async () => {
      const { files, run: shell } = body;
      files.write("/srv/theirs", "\0theirs\n", 0o4750);
      files.own("/srv/theirs", "7:8");
      files.touch("/srv/theirs", 1_234_567_890);
      files.mkdir("/srv/data", 0o711);
      files.mkdir("/srv/folder", 0o2711);
      files.link("/srv/link", "somewhere/else");
      files.write("/etc/fstab", "/dev/sdb2 none swap sw 0 0\n", 0o640);
      files.own("/etc/fstab", "0:6");
      await shell(
        "hostname before; echo before >/etc/hostname; echo 0 >/proc/sys/net/ipv4/ip_forward; systemctl restart running.service; systemctl enable running.service",
      );
      const before = files.tree("/srv");
      const run = await beginRun(body);
      const states = await run.apply(
        file("/var/lib/kbs/cluster", "id demo\n"),
        { kind: "hostname", name: "after" },
        { kind: "swap", wanted: "off" },
        { kind: "sysctl", key: "net.ipv4.ip_forward", value: "1" },
        { kind: "module", name: "kbs_known" },
        { kind: "directory", path: "/srv/folder", mode: 0o755 },
        { kind: "directory", path: "/srv/new", mode: 0o755 },
        data("/srv/state"),
        data("/srv/data"),
        file("/srv/new/f", "x"),
        file("/srv/theirs", "ours"),
        file("/srv/link", "ours"),
        { kind: "service", unit: "running.service", inputs: ["/srv/new/f"] },
        { kind: "service", unit: "new.service", inputs: ["/srv/new/f"] },
        { kind: "command", name: "mark", check: "test -e /srv/mark", apply: ": >/srv/mark", undo: "rm -f /srv/mark" },
      );
      expect(states.map(([state]) => state)).toEqual(states.map(() => "changed"));
      files.write("/srv/state/deep/of/the/cluster", "x");
      files.write("/srv/data/of/the/cluster", "x");
      let killed = 0;
      let unowned = 0;
      let answer: Answer | undefined;
      while (answer === undefined) {
        await shell(`echo ${3 * killed + 1} >/run/lives`);
        answer = await undo(run).catch(() => undefined);
        if (answer !== undefined) break;
        killed++;
        const isAsBefore = JSON.stringify(files.tree("/srv")) === JSON.stringify(before);
        if (!isAsBefore && files.read("/var/lib/kbs/cluster") === undefined) unowned++;
      }
      expect(answer.code).toBe(0);
      // As long as anything is not as it was, the host says whose it is.
      expect(unowned).toBe(0);
      await shell(": >/run/lives");
      expect(killed).toBeGreaterThan(15);
      // Killed while the last trace went, it leaves a folder without a word in it at most.
      await undoWell(run);
      await isGivenBack();
      expect(files.tree("/srv")).toEqual(before);
      expect(await shell("stat -c '%a %g' /etc/fstab; chmod 644 /etc/fstab")).toBe("640 6\n");
      expect(await shell("cat /etc/fstab /etc/hostname /proc/sys/net/ipv4/ip_forward; hostname; ls -A /etc | grep kbs || :")).toBe(
        "/dev/sdb2 none swap sw 0 0\nbefore\n0\nbefore\n",
      );
      expect(await shell("for u in new running; do systemctl show $u.service; done")).toBe("disabled\ninactive\nenabled\nactive\n");
    });
  });

  test("starts a service that ran before only when its own files are back, and once", async () => {
    const { files, run: shell } = body;
    files.write("/srv/config", "theirs");
    await shell("systemctl restart running.service; systemctl enable running.service");
    const run = await beginRun(body);
    await run.apply(file("/srv/config", "ours"), { kind: "service", unit: "running.service", inputs: ["/srv/config"] });
    await shell(
      `cd /usr/local/sbin && cp systemctl systemctl.kept && sed -i '2i [ "$1" != restart ] || cat /srv/config >>/run/doubles/started' systemctl`,
    );
    try {
      expect(await undoWell(run)).toBe("");
      expect(files.read("/run/doubles/started")?.toString()).toBe("theirs");
    } finally {
      await shell("mv -f /usr/local/sbin/systemctl.kept /usr/local/sbin/systemctl");
    }
  });

  describe("among mounts", () => {
    test("removes nothing of what is mounted below a folder of the cluster, be it of the same file system, and names it", async () => {
      const { files, run: shell } = body;
      const run = await beginRun(body);
      await run.apply({ kind: "directory", path: "/srv", mode: 0o755 }, data("/srv/state"));
      files.write("/srv/treasure/deep/coin", "gold\n");
      files.write("/srv/state/of/the/cluster", "x");
      files.write("/srv/state/of/loose", "x");
      files.mkdir("/srv/state/of/a [b]* c");
      await shell(
        "mount --bind /srv/treasure '/srv/state/of/a [b]* c'; mkdir /srv/state/small; mount -t tmpfs tmpfs /srv/state/small; echo silver >/srv/state/small/coin",
      );
      expect((await undoWell(run)).split("\n")).toEqual([
        expect.stringMatching(/^left \/srv\/state: \/srv\/state\/(of\/a \[b\]\* c|small) is mounted below it$/),
        "",
      ]);
      expect(await shell("cat '/srv/state/of/a [b]* c/deep/coin' /srv/state/small/coin; find /srv/state -type d | sort")).toBe(
        "gold\nsilver\n/srv/state\n/srv/state/of\n/srv/state/of/a [b]* c\n/srv/state/of/a [b]* c/deep\n/srv/state/small\n",
      );
      await isGivenBack();
    });

    test("leaves a folder of the cluster alone on which somebody has mounted something since", async () => {
      const { run: shell } = body;
      const run = await beginRun(body);
      await run.apply(data("/srv/made"));
      await shell("mkdir /srv/disk; echo gold >/srv/disk/coin; mount --bind /srv/disk /srv/made");
      expect(await undoWell(run)).toBe("left /srv/made: something is mounted there\n");
      expect(await shell("cat /srv/made/coin")).toBe("gold\n");
    });

    test("empties a folder that was a mount of its own before, as it was found", async () => {
      const { files, run: shell } = body;
      await shell("mkdir -p /srv/state /srv/disk; mount --bind /srv/disk /srv/state");
      const run = await beginRun(body);
      await run.apply(data("/srv/state"));
      files.write("/srv/state/of/the/cluster", "x");
      files.write("/srv/state/.hidden", "x");
      expect(await undoWell(run)).toBe("");
      expect(files.tree("/srv/disk")).toEqual({});
    });

    test("removes nothing of what is mounted right inside a folder that it empties, a file on a file among it", async () => {
      const { files, run: shell } = body;
      files.mkdir("/srv/state", 0o711);
      files.write("/srv/treasure/coin", "gold\n");
      const run = await beginRun(body);
      await run.apply(data("/srv/state"));
      files.write("/srv/state/of/the/cluster", "x");
      files.write("/srv/state/one", "");
      files.mkdir("/srv/state/two \\ three");
      files.mkdir("/srv/state/four five/six");
      await shell("mount --bind /srv/treasure '/srv/state/four five/six'");
      await shell("mount --bind /srv/treasure '/srv/state/two \\ three'; mount --bind /srv/treasure/coin /srv/state/one");
      expect(await undoWell(run)).toBe(
        "left /srv/state/four five: /srv/state/four five/six is mounted below it\nleft /srv/state/one: something is mounted there\nleft /srv/state/two \\ three: something is mounted there\n",
      );
      expect(await shell("cat /srv/state/*/coin /srv/treasure/coin /srv/state/one; ls /srv/state")).toBe(
        "gold\ngold\ngold\nfour five\none\ntwo \\ three\n",
      );
    });

    test("removes of its own folder what kbs has made, and nothing that is mounted in it", async () => {
      const { files, run: shell } = body;
      files.write("/srv/treasure/coin", "gold\n");
      const run = await beginRun(body);
      await run.apply(file("/var/lib/kbs/cluster", "id demo\n"), file("/srv/f", "ours"));
      for (const path of ["snapshots/etcd-1.db", "patches.json", "firewall", "firewall~", ".kbs-patches.json~", "blobs/.import/oci-layout"])
        files.write(`/var/lib/kbs/${path}`, "x");
      await shell("cd /var/lib/kbs; mkdir bundles blobs/sha256; for at in bundles blobs/sha256; do mount --bind /srv/treasure $at; done");
      expect(await undoWell(run)).toBe(
        "left /var/lib/kbs/blobs: /var/lib/kbs/blobs/sha256 is mounted below it\nleft /var/lib/kbs: it is not empty\n",
      );
      expect(await shell("cat /var/lib/kbs/bundles/coin /var/lib/kbs/blobs/sha256/coin; find /var/lib/kbs -type d | sort")).toBe(
        "gold\ngold\n/var/lib/kbs\n/var/lib/kbs/blobs\n/var/lib/kbs/blobs/sha256\n/var/lib/kbs/bundles\n",
      );
    });

    test("follows no link out of a folder of the cluster", async () => {
      const { files } = body;
      const run = await beginRun(body);
      await run.apply(data("/srv/state"));
      files.write("/srv/treasure/coin", "gold");
      files.link("/srv/state/away", "/srv/treasure");
      expect(await undoWell(run)).toBe("");
      expect(Object.keys(files.tree("/srv"))).toEqual(["treasure", "treasure/coin"]);
    });
  });

  describe("what somebody has changed since kbs wrote it", () => {
    test("is kept aside and named; what was there before is back", async () => {
      const { files, run: shell } = body;
      files.write("/srv/theirs", "theirs");
      files.link("/srv/link", "theirs");
      const run = await beginRun(body);
      await run.apply(file("/srv/theirs", "ours"), file("/srv/ours", "ours"), file("/srv/untouched", "ours"), file("/srv/twice", "1"));
      await run.apply(file("/srv/link", "ours"));
      await run.apply(file("/srv/twice", "2"));
      for (const path of ["/srv/theirs", "/srv/ours", "/srv/link"]) files.write(path, "by hand");
      expect((await undoWell(run)).split("\n").toSorted()).toEqual([
        "",
        "changed since kbs wrote it: /srv/link; what it was then is back, what it was now is kept as /var/lib/kbs-kept/srv_link",
        "changed since kbs wrote it: /srv/ours; what it was then is back, what it was now is kept as /var/lib/kbs-kept/srv_ours",
        "changed since kbs wrote it: /srv/theirs; what it was then is back, what it was now is kept as /var/lib/kbs-kept/srv_theirs",
      ]);
      expect(files.tree("/srv")).toEqual({ link: "link theirs", theirs: expect.stringContaining("file") });
      expect(files.read("/srv/theirs")?.toString()).toBe("theirs");
      expect(files.read("/var/lib/kbs-kept/srv_ours")?.toString()).toBe("by hand");
      expect(await shell("stat -c %a /var/lib/kbs-kept /var/lib/kbs-kept/*")).toBe("700\n600\n600\n600\n");
    });

    const table = "#kbs# /dev/sdd2 none swap sw 0 0\n  /dev/sdb2 none swap sw 0 0\n";
    test.each([
      [
        "was added stays, and kbs's mark goes",
        "sed -i '$a /dev/sdc1 /new ext4' /etc/fstab",
        `${table.replace("#kbs# ", "")}/dev/sdc1 /new ext4\n`,
      ],
      ["was taken out does not come back", "sed -i /swap/d /etc/fstab; echo '# none' >>/etc/fstab", "# none\n"],
      ["was there before comes back with the file", "rm /etc/fstab", table],
      ["had a mark before kbs came keeps it, where nobody has changed the file", ":", table],
    ])("in fstab: a line that %s", async (_, change, after) => {
      const { files, run: shell } = body;
      files.write("/etc/fstab", table);
      const run = await beginRun(body);
      expect((await run.apply({ kind: "swap", wanted: "off" }))[0]?.[0]).toBe("changed");
      await shell(change);
      expect(await undoWell(run)).toBe("");
      expect(files.read("/etc/fstab")?.toString()).toBe(after);
      expect(await shell("ls /var/lib/kbs-kept 2>/dev/null || :")).toBe("");
    });

    test("is not taken away where kbs has found no fstab", async () => {
      const { files, run: shell } = body;
      files.write("/srv/swaps", "Filename\n/dev/zram0\n");
      await shell("rm -f /etc/fstab; mount --bind /srv/swaps /proc/swaps");
      const run = await beginRun(body);
      try {
        expect((await run.apply({ kind: "swap", wanted: "off" }))[0]?.[0]).toBe("changed");
      } finally {
        await shell("umount /proc/swaps");
      }
      files.write("/etc/fstab", "/dev/sdc1 /new ext4 defaults 0 2\n");
      await undoWell(run);
      expect(files.read("/etc/fstab")?.toString()).toBe("/dev/sdc1 /new ext4 defaults 0 2\n");
    });

    test("is the machine's name, where somebody has given it another one, and that is said", async () => {
      const { files, run: shell } = body;
      await shell("hostname before; echo before >/etc/hostname");
      const run = await beginRun(body);
      await run.apply({ kind: "hostname", name: "after" });
      await shell("hostname theirs; echo theirs >/etc/hostname");
      expect(await undoWell(run)).toBe("changed since kbs wrote it: /etc/hostname; the name stays theirs, before kbs it was before\n");
      expect([files.read("/etc/hostname")?.toString(), await shell("hostname")]).toEqual(["theirs\n", "theirs\n"]);
    });

    test("is asked of the hosts file by its lines, since kbs leaves those of others in it", async () => {
      const { files, run: shell } = body;
      const block = "# BEGIN kbs\n10.0.0.1 h1\n# END kbs\n";
      await shell("cp /etc/hosts /srv/hosts.kept; echo '127.0.0.1 localhost' >/etc/hosts");
      try {
        const run = await beginRun(body);
        await run.apply(file("/etc/hosts", `127.0.0.1 localhost\n${block}`, 0o644));
        expect(await undoWell(run)).toBe("");
        await run.apply(file("/etc/hosts", `127.0.0.1 localhost\n${block}`, 0o644));
        // What kbs writes later holds what somebody has added meanwhile.
        await run.apply(file("/etc/hosts", `127.0.0.1 localhost\n10.9.9.9 printer\n${block}`, 0o644));
        expect(await undoWell(run)).toContain("changed since kbs wrote it: /etc/hosts");
        expect(files.read("/etc/hosts")?.toString()).toBe("127.0.0.1 localhost\n");
        expect(kept()).toEqual(["etc_hosts"]);
        expect(files.read("/var/lib/kbs-kept/etc_hosts")?.toString()).toContain("printer");
      } finally {
        await shell("cp /srv/hosts.kept /etc/hosts");
      }
    });
  });

  test.each([
    ["of another mode", 0o755],
    ["as the cluster wants it", 0o700],
  ])("takes out of a folder that was there, %s, what has come into it since, and leaves what was in it", async (_, mode) => {
    const { files } = body;
    files.mkdir("/srv/data", mode);
    files.write("/srv/data/theirs", "theirs");
    files.write("/srv/data/.hidden [a]", "theirs");
    files.write("/srv/data/lost+found/x", "theirs");
    const before = files.tree("/srv");
    const run = await beginRun(body);
    await run.apply(data("/srv/data"), file("/srv/data/theirs", "ours"), file("/srv/data/ours", "ours"));
    const journal = files.read("/var/lib/kbs/journal");
    await run.apply(data("/srv/data"), file("/srv/data/theirs", "ours"));
    expect(files.read("/var/lib/kbs/journal")).toEqual(journal);
    expect(journal?.toString().match(/ (begun|done) path:\/srv\/data$/gm)).toHaveLength(2);
    files.write("/srv/data/of/the/cluster", "x");
    files.write("/srv/data/.of", "x");
    expect(await undoWell(run)).toBe("");
    expect(files.tree("/srv")).toEqual(before);
  });

  test("gives a file its capabilities back, which its before-image has as well", async () => {
    const { files, run: shell } = body;
    files.write("/srv/program", "theirs", 0o755);
    await shell("setcap cap_net_raw=ep /srv/program");
    const run = await beginRun(body);
    await run.apply(file("/srv/program", "ours", 0o755));
    expect(await shell("getcap /srv/program /var/lib/kbs/before/*/content")).toMatch(
      /^\/var\/lib\/kbs\/before\/\S+\/content cap_net_raw=ep\n$/,
    );
    expect(await undoWell(run)).toBe("");
    expect(await shell("getcap /srv/program; stat -c '%a %u:%g' /srv/program")).toBe("/srv/program cap_net_raw=ep\n755 0:0\n");
  });

  describe("a folder behind a link", () => {
    test("is as wished where that folder is, and it has its mode, owner and content again when the host is given back", async () => {
      const { files } = body;
      const before = onDisk();
      const run = await beginRun(body);
      expect(await run.apply(data("/srv/data"), data("/srv/empty"), file("/srv/data/theirs", "ours"))).toEqual([
        ["changed", "mode and owner are 711 7:8, not 700 0:0"],
        ["same", ""],
        ["changed", "content differs"],
      ]);
      expect(files.tree("/srv")["disk/data"]).toBe("directory 700 0:0");
      expect((await run.check(data("/srv/data"), data("/srv/empty"))).map(([word]) => word)).toEqual(["same", "same"]);
      files.write("/srv/disk/data/of/the/cluster", "x");
      files.write("/srv/disk/empty/.of", "x");
      expect(await undoWell(run)).toBe("");
      expect(files.tree("/srv")).toEqual(before);
    });

    test("has its link again, where somebody has put a folder in its place", async () => {
      const { files, run: shell } = body;
      const before = onDisk();
      const run = await beginRun(body);
      await run.apply({ kind: "directory", path: "/srv/data", mode: 0o755 }, { kind: "directory", path: "/srv/empty", mode: 0o755 });
      await shell("rm /srv/data /srv/empty; mkdir /srv/data");
      expect(await undoWell(run)).toBe("");
      expect(files.tree("/srv")).toEqual(before);
    });

    test("that is not there is asked for in words, and remembered once it is", async () => {
      const { files } = body;
      const before = onDisk();
      files.remove("/srv/disk/empty");
      const run = await beginRun(body);
      expect(await run.apply(data("/srv/empty"))).toEqual([
        ["failed", "/srv/empty is a link to no folder: make the folder that it leads to, or take the link away"],
      ]);
      files.mkdir("/srv/disk/empty", 0o750);
      await run.apply(data("/srv/empty"));
      files.write("/srv/disk/empty/of-the-cluster", "x");
      files.remove("/srv/disk/empty");
      const { code, output } = await undo(run);
      expect({ code, said: output.toString() }).toEqual({
        code: 1,
        said: expect.stringContaining("cannot give back /srv/empty: it is a link to no folder now\n"),
      });
      files.write("/srv/disk/empty/of-the-cluster", "x");
      expect(await undoWell(run)).toBe("");
      expect(files.tree("/srv")).toEqual({ ...before, "disk/empty": "directory 750 0:0" });
    });
  });

  test("takes away what a killed run had half written beside its targets", async () => {
    const { files } = body;
    const run = await beginRun(body);
    files.write("/srv/theirs", "theirs");
    await run.apply({ kind: "directory", path: "/srv/new", mode: 0o755 }, file("/srv/new/f", "x"), file("/srv/theirs", "ours"));
    files.write("/srv/new/.kbs-f~", "hal");
    files.write("/srv/.kbs-theirs~", "hal");
    expect(await undoWell(run)).toBe("");
    expect(Object.keys(files.tree("/srv"))).toEqual(["theirs"]);
  });

  test("says what it cannot give back, keeps that, and gives it back once it can", async () => {
    const { files } = body;
    files.write("/srv/a", "theirs");
    files.write("/srv/b", "theirs");
    const run = await beginRun(body);
    await run.apply(file("/var/lib/kbs/cluster", "id demo\n"), file("/srv/a", "ours"), file("/srv/b", "ours"));
    files.remove("/srv/b");
    files.write("/srv/b/of-someone-else", "x");
    const { code, output } = await undo(run);
    expect(code).toBe(1);
    expect(output.toString()).toBe(
      "cannot give back the file /srv/b: it is a directory now\n1 of the changes are not taken back; what was there before is still in /var/lib/kbs/before\n",
    );
    expect(files.read("/srv/a")?.toString()).toBe("theirs");
    expect(files.read("/var/lib/kbs/cluster")?.toString()).toBe("id demo\n");
    files.remove("/srv/b");
    expect(await undoWell(run)).toBe("");
    expect(files.read("/srv/b")?.toString()).toBe("theirs");
    await isGivenBack();
  });

  test("names a before-image whose content is missing, and leaves the file as it is", async () => {
    const { files, run: shell } = body;
    files.write("/srv/a", "theirs");
    const run = await beginRun(body);
    await run.apply(file("/srv/a", "ours"));
    await shell("rm /var/lib/kbs/before/*/content");
    const { code, output } = await undo(run);
    expect(code).toBe(1);
    expect(output.toString()).toContain("cannot give back /srv/a: what was there is not in /var/lib/kbs/before/");
    expect(files.read("/srv/a")?.toString()).toBe("ours");
  });
});

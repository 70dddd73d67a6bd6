import { expect, test } from "vitest";
import { hierarchiesIn } from "./cgroups.ts";
import { osRelease, sourceLine } from "./debian.ts";
import { mountsBelow } from "./overlay.ts";
import { startTimeOf } from "./process.ts";

test("a process's start time is found behind a name with blanks and parentheses", () => {
  const numbers = Array.from({ length: 50 }, (_, index) => String(index + 3));
  expect(startTimeOf(`42 (a ) b (c) S ${numbers.slice(1).join(" ")}`)).toBe("22");
});

const mounts = [
  "overlay /var/lib/kbs-lab/a/h1/root overlay rw 0 0",
  "tmpfs /var/lib/kbs-lab/a/h1/root/tmp tmpfs rw 0 0",
  "tmpfs /var/lib/kbs-lab/ab tmpfs rw 0 0",
  "cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0",
  "cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0",
  "tmpfs /sys/fs/cgroup tmpfs rw 0 0",
].join("\n");

test("mounts of a lab are taken down from the deepest up, and no other's", () => {
  expect(mountsBelow(mounts, "/var/lib/kbs-lab/a")).toEqual(["/var/lib/kbs-lab/a/h1/root/tmp", "/var/lib/kbs-lab/a/h1/root"]);
});

test("cgroup hierarchies of both versions are found", () => {
  expect(hierarchiesIn(mounts)).toEqual(["/sys/fs/cgroup/memory", "/sys/fs/cgroup/unified"]);
});

test("only the distribution's own package sources are used", () => {
  const own = "Debian|http://mirror.example/debian/|bookworm-updates|main";
  expect(sourceLine(own, "debian", "/keys.gpg")).toBe("deb [signed-by=/keys.gpg] http://mirror.example/debian/ bookworm-updates main");
  expect(sourceLine("A vendor|http://vendor.example/|any|main", "debian")).toBeUndefined();
  expect(sourceLine("", "debian")).toBeUndefined();
});

test("os-release is read with and without quotes", () => {
  const text = 'NAME="Debian GNU/Linux"\nVERSION_CODENAME=bookworm\nID=debian\n';
  expect([osRelease(text, "ID"), osRelease(text, "NAME"), osRelease(text, "NOT_THERE")]).toEqual(["debian", "Debian GNU/Linux", ""]);
});

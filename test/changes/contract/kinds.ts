import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { BlobRef, CommandChange, FileChange, HostChange, ImagesChange } from "../../../src/changes/change.ts";
import type { RealBody } from "./bodies.ts";
import { beginRun, type Run } from "./body.ts";
import { blobOf, stage } from "./stage.ts";

const sha256 = (content: Buffer): string => createHash("sha256").update(content).digest("hex");

const begin = async (body: RealBody): Promise<Run> => {
  await body.run("rm -rf /run/doubles/unit; mkdir -p /srv; : >/srv/ready");
  return beginRun(body);
};

/** Every kind of change but files and folders: check, apply, and again, the machine's own words beside it. */
export const kindCases = (body: () => RealBody): void => {
  const told = (path: string): string => body().files.read(path)?.toString() ?? "";

  describe("a binary", () => {
    const program = Buffer.from("#!/bin/sh\necho program\n");
    const wishFrom = (content: Buffer, encoding: "raw" | "gzip"): { readonly wish: HostChange; readonly blob: BlobRef } => {
      const blob = blobOf(content);
      return { blob, wish: { kind: "binary", path: "/srv/program", mode: 0o755, digest: sha256(program), blob, encoding } };
    };

    test.each([
      ["raw", program],
      ["gzip", gzipSync(program)],
    ] as const)("comes from its %s blob, once, and the blob goes", async (encoding, content) => {
      const run = await beginRun(body());
      const { wish, blob } = wishFrom(content, encoding);
      expect(await run.check(wish)).toEqual([["differs", "absent"]]);
      await stage(run, [content]);
      expect(await run.apply(wish)).toEqual([["changed", "absent"]]);
      expect(await body().run("/srv/program")).toBe("program\n");
      expect(await run.apply(wish)).toEqual([["same", ""]]);
      expect(body().files.read(`/var/lib/kbs/blobs/sha256/${blob.digest.slice(7)}`)).toBeUndefined();
    });

    test("is known again without being read, until anything about its file changes", async () => {
      const run = await beginRun(body());
      const { wish } = wishFrom(program, "raw");
      await stage(run, [program]);
      await run.apply(wish);
      body().files.write("/srv/program", Buffer.from(program.toString().replace("program", "pr0gram")), 0o755);
      body().files.touch("/srv/program", 1_000_000_000);
      expect(await run.check(wish)).toEqual([["differs", "content differs"]]);
    });

    test("whose blob is another content than promised is refused, the blob removed, and the next try succeeds", async () => {
      const run = await beginRun(body());
      const { wish, blob } = wishFrom(gzipSync(program), "gzip");
      const evil = gzipSync(Buffer.from("#!/bin/sh\necho evil....\n"));
      await stage(run, [gzipSync(program)]);
      const path = `/var/lib/kbs/blobs/sha256/${blob.digest.slice(7)}`;
      for (const damaged of [evil, Buffer.from("no gzip at all"), gzipSync(program).subarray(0, 20)]) {
        body().files.write(path, damaged);
        expect(await run.apply(wish)).toEqual([["failed", expect.stringMatching(/damaged|cannot unpack/)]]);
        expect(body().files.read(path)).toBeUndefined();
        expect(Object.keys(body().files.tree("/srv"))).toEqual([]);
      }
      await stage(run, [gzipSync(program)]);
      expect(await run.apply(wish)).toEqual([["changed", "absent"]]);
    });
  });

  describe("images", () => {
    const layer = Buffer.from("a layer");
    const manifest = Buffer.from('{"schemaVersion":2}');
    const wish: ImagesChange = {
      kind: "images",
      group: "node",
      images: [
        {
          name: "registry.example/pause:3.10",
          manifest: { ...blobOf(manifest), mediaType: "application/vnd.oci.image.manifest.v1+json" },
          blobs: [blobOf(layer)],
        },
      ],
    };

    test("are imported and pinned, once", async () => {
      const run = await beginRun(body());
      expect(await run.check(wish)).toEqual([["differs", "missing: registry.example/pause:3.10"]]);
      await stage(run, [manifest, layer]);
      expect(await run.apply(wish)).toEqual([["changed", "missing: registry.example/pause:3.10"]]);
      expect(await run.apply(wish)).toEqual([["same", ""]]);
      expect(told("/run/doubles/images/registry.example_pause:3.10")).toContain("io.cri-containerd.pinned=pinned");
      await body().run("rm -r /run/doubles/images");
    });

    test("that are there but not pinned are pinned", async () => {
      const run = await beginRun(body());
      const [image] = wish.images;
      const line = `${image?.name} application/vnd.oci.image.manifest.v1+json ${image?.manifest.digest} 1B linux -\n`;
      body().files.write("/run/doubles/images/registry.example_pause:3.10", line);
      expect(await run.check(wish)).toEqual([["differs", "missing: registry.example/pause:3.10"]]);
      await stage(run, [manifest, layer]);
      expect((await run.apply(wish))[0]?.[0]).toBe("changed");
      expect(await run.check(wish)).toEqual([["same", ""]]);
      await body().run("rm -r /run/doubles/images");
    });

    test("of which a blob is damaged are refused, and the blobs removed", async () => {
      const run = await beginRun(body());
      await stage(run, [manifest, layer]);
      body().files.write(`/var/lib/kbs/blobs/sha256/${sha256(layer)}`, "another layer");
      expect(await run.apply(wish)).toEqual([["failed", expect.stringContaining("digest mismatch")]]);
      expect(body().files.tree("/var/lib/kbs/blobs/sha256")).toEqual({});
      await stage(run, [manifest, layer]);
      expect(await run.apply(wish)).toEqual([["changed", "missing: registry.example/pause:3.10"]]);
      await body().run("rm -r /run/doubles/images");
    });
  });

  test("a kernel module is loaded; one that there is not is told", async () => {
    const run = await beginRun(body());
    expect(await run.check({ kind: "module", name: "kbs_known" })).toEqual([["differs", "not loaded"]]);
    expect(await run.apply({ kind: "module", name: "kbs_known" })).toEqual([["changed", "not loaded"]]);
    expect(told("/run/doubles/modules")).toBe("kbs_known\n");
    expect(await run.apply({ kind: "module", name: "kbs_unknown" })).toEqual([["failed", "the kernel has no module kbs_unknown"]]);
  });

  test("a kernel setting is set, once; one that there is not is told", async () => {
    const run = await beginRun(body());
    const wish: HostChange = { kind: "sysctl", key: "net.ipv4.ip_forward", value: "1" };
    await body().run("echo 0 >/proc/sys/net/ipv4/ip_forward");
    expect(await run.check(wish)).toEqual([["differs", "is 0, not 1"]]);
    expect(await run.apply(wish)).toEqual([["changed", "is 0, not 1"]]);
    expect(await run.apply(wish)).toEqual([["same", ""]]);
    expect(await body().run("cat /proc/sys/net/ipv4/ip_forward")).toBe("1\n");
    expect(await run.apply({ kind: "sysctl", key: "net.ipv4.no_such", value: "1" })).toEqual([
      ["failed", expect.stringContaining("no_such")],
    ]);
  });

  test("swap is turned off, and fstab keeps every other line byte for byte", async () => {
    const run = await beginRun(body());
    const table =
      "# a comment with swap in it\nUUID=1 / ext4 defaults 0 1\n/dev/sdb2\tnone\tswap sw 0 0\n/swap.img none swap defaults\n \t/dev/sdb3 none swap sw\nbackup:/swap /swap nfs rw\n";
    body().files.write("/etc/fstab", table);
    expect(await run.check({ kind: "swap", wanted: "off" })).toEqual([["differs", "fstab turns swap on at boot"]]);
    expect(await run.apply({ kind: "swap", wanted: "off" })).toEqual([["changed", "fstab turns swap on at boot"]]);
    expect(told("/etc/fstab")).toBe(
      table.replace("/dev/sdb2", "#kbs# /dev/sdb2").replace("/swap.img", "#kbs# /swap.img").replace(" \t/dev", "#kbs#  \t/dev"),
    );
    expect(await run.apply({ kind: "swap", wanted: "off" })).toEqual([["same", ""]]);
    expect(told("/run/doubles/swapoff")).toBe("-a\n");
  });

  test("the hostname is set, now and for the next boot, once", async () => {
    const run = await beginRun(body());
    const wish: HostChange = { kind: "hostname", name: "node-1" };
    await body().run("hostname sandbox; echo sandbox >/etc/hostname");
    expect(await run.check(wish)).toEqual([["differs", "is sandbox"]]);
    expect(await run.apply(wish)).toEqual([["changed", "is sandbox"]]);
    expect(await run.apply(wish)).toEqual([["same", ""]]);
    expect([await body().run("hostname"), told("/etc/hostname")]).toEqual(["node-1\n", "node-1\n"]);
  });

  describe("a service", () => {
    const unit = "kbs-test.service";
    const input: FileChange = { kind: "file", path: "/srv/input", content: "1", mode: 0o644 };
    const wish: HostChange = {
      kind: "service",
      unit,
      inputs: ["/srv/input", "/srv/other"],
      ready: "echo is it; test -e /srv/ready",
      readyWithin: 1,
    };
    const restarts = (): number => told(`/run/doubles/unit/${unit}.restarts`).split("\n").length - 1;

    test("is enabled and started with its inputs, once", async () => {
      const run = await begin(body());
      expect(await run.check(input, wish)).toEqual([
        ["differs", "absent"],
        ["differs", "not enabled, not running, runs with older inputs"],
      ]);
      expect((await run.apply(input, wish)).map(([state]) => state)).toEqual(["changed", "changed"]);
      expect((await run.apply(input, wish)).map(([state]) => state)).toEqual(["same", "same"]);
      expect(restarts()).toBe(1);
    });

    test("is restarted once for all inputs that changed, whoever changed them", async () => {
      const run = await begin(body());
      await run.apply(input, wish);
      expect(await run.apply({ ...input, content: "2" }, wish)).toEqual([
        ["changed", "content differs"],
        ["changed", "runs with older inputs"],
      ]);
      body().files.write("/srv/other", "someone else's");
      expect(await run.check(wish)).toEqual([["differs", "runs with older inputs"]]);
      expect(await run.apply(wish)).toEqual([["changed", "runs with older inputs"]]);
      expect(restarts()).toBe(3);
      expect(await run.apply(wish)).toEqual([["same", ""]]);
    });

    test("is restarted for a passing input that changed, and not when that has gone or is not wished any more", async () => {
      const run = await begin(body());
      const token: FileChange = { kind: "file", path: "/srv/token", content: "1", mode: 0o600, secret: true };
      const first: HostChange = { ...wish, passing: [token.path] };
      await run.apply(input, token, first);
      expect((await run.apply(input, token, first)).map(([state]) => state)).toEqual(["same", "same", "same"]);
      expect((await run.apply({ ...token, content: "2" }, first)).at(-1)).toEqual(["changed", "runs with older inputs"]);
      expect(restarts()).toBe(2);
      body().files.remove(token.path);
      expect(await run.apply(wish)).toEqual([["same", ""]]);
      expect((await run.apply({ ...input, content: "2" }, wish)).at(-1)).toEqual(["changed", "runs with older inputs"]);
      expect(await run.apply(wish)).toEqual([["same", ""]]);
      expect(restarts()).toBe(3);
    });

    test("that was stopped or disabled is told and started", async () => {
      const run = await begin(body());
      await run.apply(input, wish);
      await body().run(`systemctl stop ${unit}; systemctl disable ${unit}`);
      expect(await run.apply(wish)).toEqual([["changed", "not enabled, not running"]]);
      expect(await run.check(wish)).toEqual([["same", ""]]);
    });

    test("that does not start is told with its last words, and is tried again by the next run", async () => {
      const run = await begin(body());
      await body().run(`mkdir -p /run/doubles/unit; : >/run/doubles/unit/${unit}.broken`);
      expect(await run.apply(wish)).toEqual([
        ["failed", expect.stringMatching(/did not start: Job for .* failed\nthe journal's last line/)],
      ]);
      await body().run(`rm /run/doubles/unit/${unit}.broken`);
      expect((await run.apply(wish))[0]?.[0]).toBe("changed");
    });

    test("that starts but is never ready is told so, and counts as not started", async () => {
      const run = await begin(body());
      body().files.remove("/srv/ready");
      expect(await run.apply(wish)).toEqual([["failed", expect.stringMatching(/was not ready after 1 s: is it/)]]);
      expect(await run.check(wish)).toEqual([["differs", "runs with older inputs"]]);
      body().files.write("/srv/ready", "");
      expect(await run.apply(wish)).toEqual([["changed", "runs with older inputs"]]);
    });
  });

  test("a static pod's container is ended when an input changed, for the kubelet to start it anew", async () => {
    const run = await beginRun(body());
    const input: FileChange = { kind: "file", path: "/srv/sa.key", content: "1", mode: 0o600 };
    const wish: HostChange = { kind: "static-pod", name: "kube-apiserver", inputs: ["/srv/sa.key"] };
    await run.apply(input, wish);
    expect(await run.apply(input, wish)).toEqual([
      ["same", ""],
      ["same", ""],
    ]);
    expect(told("/run/doubles/killed")).toBe("");
    await body().run("cp /bin/sleep /srv/kube-apiserver; setsid /srv/kube-apiserver 600 </dev/null >/dev/null 2>&1 &");
    expect(await run.apply({ ...input, content: "2" }, wish)).toEqual([
      ["changed", "content differs"],
      ["changed", "runs with older inputs"],
    ]);
    expect(told("/run/doubles/killed")).toContain("kube-apiserver");
  });

  describe("a command", () => {
    const wish: CommandChange = {
      kind: "command",
      name: "make it so",
      check: "test -e /srv/so || { echo it is not so; exit 1; }",
      apply: "echo so >/srv/so",
    };

    test("runs when its check says so, once", async () => {
      const run = await beginRun(body());
      body().files.mkdir("/srv");
      expect(await run.check(wish)).toEqual([["differs", "it is not so"]]);
      expect(await run.apply(wish)).toEqual([["changed", "it is not so"]]);
      expect(await run.apply(wish)).toEqual([["same", ""]]);
    });

    test("is judged after what stands before it in the list was done", async () => {
      const run = await beginRun(body());
      body().files.mkdir("/srv");
      const file: HostChange = { kind: "file", path: "/srv/so", content: "so\n", mode: 0o644 };
      expect(await run.apply(file, wish)).toEqual([
        ["changed", "absent"],
        ["same", ""],
      ]);
    });

    test("that fails is told with what it printed, and stays undone", async () => {
      const run = await beginRun(body());
      expect(await run.apply({ ...wish, apply: "echo on stdout; echo on stderr >&2; exit 3" })).toEqual([
        ["failed", expect.stringContaining("on stdout\non stderr")],
      ]);
      expect((await run.check(wish))[0]?.[0]).toBe("differs");
    });

    test("finds nothing on its stdin: what follows belongs to others", async () => {
      const run = await beginRun(body());
      body().files.mkdir("/srv");
      const greedy: HostChange = { kind: "command", name: "greedy", check: "cat >/dev/null; false", apply: "cat >/srv/swallowed" };
      const after: HostChange = { kind: "file", path: "/srv/after", content: "whole\n", mode: 0o644 };
      await run.apply(greedy, after);
      expect([told("/srv/swallowed"), told("/srv/after")]).toEqual(["", "whole\n"]);
    });
  });
};

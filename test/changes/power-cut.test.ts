import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import type { HostChange, ImagesChange } from "../../src/changes/change.ts";
import { undoScript } from "../../src/changes/sh/undo.ts";
import { describeReal } from "../host/ssh/real.ts";
import { plainBody, type RealBody } from "./contract/bodies.ts";
import { beginRun, beginRunAfterDeath } from "./contract/body.ts";
import { blobOf, stage } from "./contract/stage.ts";

// What a power cut leaves on a disk that it was not told to sync, put there by hand; and that what must not be lost is synced first.

// Small processes, on machines that may have better things to do.
vi.setConfig({ testTimeout: 120_000 });

let body: RealBody;
beforeAll(async () => {
  body = await plainBody();
});
afterEach(async () => {
  await body.run("rm -rf /run/doubles/images /run/doubles/told /run/doubles/no-labels /usr/local/sbin/sync");
  await body.forget();
});
afterAll(() => body.stop());

const state = "/var/lib/kbs";
const file = (content: string): HostChange => ({ kind: "file", path: "/srv/f", content, mode: 0o600 });
const stored = (content: Buffer): string => `${state}/blobs/sha256/${blobOf(content).digest.slice(7)}`;
/** A boot empties /run, where kbs has its locks. */
const boot = (): Promise<string> => body.run("rm -rf /run/kbs");

const layer = Buffer.from("a layer");
const manifest = Buffer.from('{"schemaVersion":2}');
const name = "registry.example/pause:3.10";
const images: ImagesChange = {
  kind: "images",
  group: "node",
  images: [{ name, manifest: { ...blobOf(manifest), mediaType: "application/vnd.oci.image.manifest.v1+json" }, blobs: [blobOf(layer)] }],
};
const toldTo = (): string[] => body.files.read("/run/doubles/told")?.toString().trim().split("\n") ?? [];

const tellOfSyncs = (): void =>
  body.files.write("/usr/local/sbin/sync", `#!/bin/sh\necho "sync $*" >>/run/doubles/told\nPATH=/usr/bin:/bin\nexec sync "$@"\n`, 0o755);

/** A run that has imported, and has not come to pin what it imported. */
const cutOffImport = async (): Promise<void> => {
  const run = await beginRun(body);
  await stage(run, [manifest, layer]);
  await body.run("mkdir -p /run/doubles; : >/run/doubles/no-labels");
  expect((await run.apply(images)).map(([word]) => word)).toEqual(["failed"]);
  await run.lease.release("failed");
  await body.run("rm /run/doubles/no-labels");
};

describeReal("after a power cut", () => {
  test("staged content that has lost its bytes is sent again, and what is whole is not", async () => {
    const [whole, empty, part] = [Buffer.from("whole"), Buffer.from("lost its bytes"), Buffer.from("half of it")];
    const run = await beginRun(body);
    await stage(run, [whole, empty]);
    await run.lease.release();
    await boot();
    body.files.write(stored(empty), Buffer.alloc(0));
    body.files.write(`${stored(part)}.part`, Buffer.alloc(4));
    const again = await beginRun(body);
    expect((await stage(again, [whole, empty, part])).map(([word]) => word)).toEqual(["same", "changed", "changed"]);
    for (const content of [whole, empty, part]) expect(body.files.read(stored(content))?.equals(content)).toBe(true);
    await again.lease.release();
  });

  test("images count as there only once what was unpacked is synced", async () => {
    tellOfSyncs();
    body.files.mkdir("/var/lib/containerd");
    const run = await beginRun(body);
    await stage(run, [manifest, layer]);
    expect((await run.apply(images)).map(([word]) => word)).toEqual(["changed"]);
    const order = toldTo();
    expect(order).toContain(`label ${name}`);
    expect(order.indexOf("sync -f /var/lib/containerd")).toBeGreaterThan(-1);
    expect(order.indexOf("sync -f /var/lib/containerd")).toBeLessThan(order.indexOf(`label ${name}`));
    await run.lease.release();
  });

  test("that nothing of kbs is left is on disk once a host is given back", async () => {
    const run = await beginRun(body);
    await run.apply(file("given"));
    const told = `#!/bin/sh\necho "sync $* $(ls -d ${state} 2>/dev/null)" >>/run/doubles/told\n`;
    body.files.write("/usr/local/sbin/sync", told, 0o755);
    const { records } = await run.host.send({ kind: "run", script: undoScript, ticket: run.ticket });
    expect(records[0]?.code).toBe(0);
    expect(toldTo().at(-1)).toBe("sync /var/lib");
  });

  test("what somebody else has written in the place of a file is synced before that file goes", async () => {
    tellOfSyncs();
    body.files.write("/srv/token", "token");
    body.files.write("/srv/certificate", "certificate");
    const run = await beginRun(body);
    expect((await run.apply({ kind: "absent", path: "/srv/token", replacedBy: "/srv/certificate" })).map(([word]) => word)).toEqual([
      "changed",
    ]);
    expect(toldTo()).toContain("sync /srv/certificate");
    expect(await run.apply({ kind: "absent", path: "/srv/certificate", replacedBy: "/srv/nothing" })).toEqual([
      ["failed", expect.stringContaining("cannot sync /srv/nothing")],
    ]);
    expect(body.files.read("/srv/certificate")?.toString()).toBe("certificate");
    await run.lease.release();
  });

  test.each([true, false])(
    "images of an import that was cut off are unpacked anew after a boot (%s), since containerd believes them whole",
    async (booted) => {
      await cutOffImport();
      if (booted) await boot();
      const again = await beginRun(body);
      await stage(again, [manifest, layer]);
      expect(await again.apply(images)).toEqual([["changed", `missing: ${name}`]]);
      expect(toldTo()).toEqual([...(booted ? [`--sync rm ${name}`] : []), `label ${name}`]);
      await again.lease.release();
    },
  );

  test("images of one that was cut off are unpacked anew, too, when a run in between has failed before it came to them", async () => {
    await cutOffImport();
    await boot();
    const between = await beginRun(body);
    const failing: HostChange = { kind: "command", name: "fails", check: "false", apply: "false" };
    expect((await between.apply(failing, images)).map(([word]) => word)).toEqual(["failed"]);
    await between.lease.release("failed");
    const again = await beginRun(body);
    await stage(again, [manifest, layer]);
    expect((await again.apply(images)).map(([word]) => word)).toEqual(["changed"]);
    expect(toldTo()).toEqual([`--sync rm ${name}`, `label ${name}`]);
    await again.lease.release();
  });

  test("images of one that was cut off are removed again where their removal was cut off, too", async () => {
    await cutOffImport();
    await boot();
    await body.run(`cd /usr/local/sbin && cp ctr ctr.kept && sed -i '2i case "$4" in rm) pkill -9 -s 0 ;; esac' ctr`);
    const killed = await beginRun(body);
    await stage(killed, [manifest, layer]);
    expect(await killed.apply(images).catch(() => "killed")).toBe("killed");
    await body.run("cd /usr/local/sbin && mv -f ctr.kept ctr");
    killed.die();
    const again = await beginRunAfterDeath(body);
    await stage(again, [manifest, layer]);
    expect((await again.apply(images)).map(([word]) => word)).toEqual(["changed"]);
    expect(toldTo()).toEqual([`--sync rm ${name}`, `label ${name}`]);
    await again.lease.release();
  });

  test("images that were there before kbs came are only pinned", async () => {
    body.files.write(
      "/run/doubles/images/registry.example_pause:3.10",
      `${name} application/vnd.oci.image.manifest.v1+json ${blobOf(manifest).digest} 1B linux -\n`,
    );
    const run = await beginRun(body);
    await stage(run, [manifest, layer]);
    expect((await run.apply(images)).map(([word]) => word)).toEqual(["changed"]);
    expect(toldTo()).toEqual([`label ${name}`]);
    await run.lease.release();
  });

  test("what kbs has written under a name is known in a line of its own, after one that was cut short", async () => {
    body.files.mkdir("/srv");
    const first = await beginRun(body);
    await first.apply(file("one"));
    await first.lease.release();
    const [line = ""] = (body.files.read(`${state}/written`)?.toString() ?? "").split("\n");
    for (const torn of [line.slice(0, 30), "\0\0\0"]) {
      body.files.write(`${state}/written`, torn, 0o600);
      const run = await beginRun(body);
      await run.apply(file(`two ${torn.length}`));
      await run.lease.release();
      const lines = (body.files.read(`${state}/written`)?.toString() ?? "").split("\n");
      expect(lines[1]).toMatch(/^[0-9a-f]{64} \/srv\/f$/);
    }
  });
});

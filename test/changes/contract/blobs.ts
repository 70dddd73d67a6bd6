import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { type Body, beginRun, beginRunAfterDeath } from "./body.ts";
import { blobOf, stage } from "./stage.ts";

const stored = (content: Buffer): string => `/var/lib/kbs/blobs/sha256/${blobOf(content).digest.slice(7)}`;

export const blobCases = (body: () => Body): void => {
  describe("blobs", () => {
    test("arrive byte for byte, each once, whatever their size", async () => {
      const run = await beginRun(body());
      const contents = [randomBytes(700_000), Buffer.from("small"), Buffer.alloc(0), randomBytes(65_536), Buffer.from([0, 10])];
      const states = (await stage(run, contents)).map(([state]) => state);
      expect(states).toEqual(contents.map(() => "changed"));
      for (const content of contents) expect(body().files.read(stored(content))?.equals(content)).toBe(true);
      let sent = 0;
      expect((await stage(run, contents, { onBytes: (bytes) => (sent = bytes) })).map(([state]) => state)).toEqual(
        contents.map(() => "same"),
      );
      expect(sent).toBe(0);
    });

    test("go on after a cut where they stopped", async () => {
      const content = randomBytes(3_000_000);
      const small = Buffer.from("the second");
      const first = await beginRun(body());
      const kept = 1_000_000;
      const cut = first.host.send({
        kind: "blobs",
        ticket: first.ticket,
        blobs: [blobOf(content), blobOf(small)],
        read: async function* ({ size }) {
          if (size !== content.length) return;
          yield content.subarray(0, kept);
          await expect.poll(() => body().files.read(`${stored(content)}.part`)?.length, { timeout: 30_000 }).toBeGreaterThan(kept - 65_536);
          first.die();
        },
      });
      await cut.catch(() => undefined);
      const offsets: number[] = [];
      const second = await beginRunAfterDeath(body());
      const { records } = await second.host.send({
        kind: "blobs",
        ticket: second.ticket,
        blobs: [blobOf(content), blobOf(small)],
        read: async function* ({ size }, offset) {
          offsets.push(offset);
          yield (size === content.length ? content : small).subarray(offset);
        },
      });
      expect(records.map(({ state }) => state)).toEqual(["changed", "changed"]);
      // What a pipe or a buffer still held when the end came is lost, and no more.
      expect(offsets).toEqual([expect.toSatisfy((offset: number) => offset > kept - 65_536 && offset <= kept), 0]);
      expect(body().files.read(stored(content))?.equals(content)).toBe(true);
      expect(body().files.read(stored(small))?.equals(small)).toBe(true);
    });

    test("of which the source ends early are told, and go on by the next message", async () => {
      const run = await beginRun(body());
      const content = randomBytes(200_000);
      const message = (until: number) =>
        ({
          kind: "blobs",
          ticket: run.ticket,
          blobs: [blobOf(content)],
          read: async function* (_: unknown, offset: number) {
            yield content.subarray(offset, until);
          },
        }) as const;
      const { records } = await run.host.send(message(150_000));
      expect(records.map(({ state, output }) => [state, output.toString()])).toEqual([
        ["failed", "the stream ended after 150000 of 200000 bytes"],
      ]);
      expect((await run.host.send(message(content.length))).records.map(({ state }) => state)).toEqual(["changed"]);
      expect(body().files.read(stored(content))?.equals(content)).toBe(true);
    });

    test("of which the source breaks leave the host free for the next message", async () => {
      const run = await beginRun(body());
      const content = randomBytes(200_000);
      const broken = run.host.send({
        kind: "blobs",
        ticket: run.ticket,
        blobs: [blobOf(content)],
        // oxlint-disable-next-line require-yield -- it breaks before
        read: async function* () {
          throw new Error("the bundle is gone");
        },
      });
      await expect(broken).rejects.toThrow("the bundle is gone");
      expect((await stage(run, [content])).map(([state]) => state)).toEqual(["changed"]);
    });

    test("of which more is there than they are long begin anew", async () => {
      const run = await beginRun(body());
      const content = Buffer.from("ten bytes!");
      body().files.write(`${stored(content)}.part`, "far more than ten bytes");
      expect((await stage(run, [content])).map(([state]) => state)).toEqual(["changed"]);
      expect(body().files.read(stored(content))?.equals(content)).toBe(true);
    });

    test("that are asked for twice in one message are stored once", async () => {
      const run = await beginRun(body());
      const content = randomBytes(100_000);
      const states = (await stage(run, [content, content, Buffer.from("after")])).map(([state]) => state);
      expect(states).toEqual(["changed", "same", "changed"]);
      expect(body().files.read(stored(content))?.equals(content)).toBe(true);
    });

    test("tell how many bytes were sent, in order", async () => {
      const run = await beginRun(body());
      const counts: number[] = [];
      await stage(run, [randomBytes(200_000), randomBytes(50_000)], { onBytes: (sent) => counts.push(sent) });
      expect(counts.at(-1)).toBe(250_000);
      expect(counts).toEqual(counts.toSorted((a, b) => a - b));
    });
  });
};

import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { BinaryChange } from "../../src/changes/change.ts";
import { createBus } from "../../src/engine/events.ts";
import { runPhases } from "../../src/engine/run.ts";
import { type CableBody, sshBody } from "../changes/contract/bodies.ts";
import { beginRun } from "../changes/contract/body.ts";
import { blobOf } from "../changes/contract/stage.ts";
import { describeReal } from "../host/ssh/real.ts";
import { file, phase } from "./bench.ts";

vi.setConfig({ testTimeout: 120_000 });

const here = (id: string) => [{ phase: id, on: "here" }] as const;

const contents = new Map<string, Buffer>();
const binary = (path: string): BinaryChange => {
  const content = Buffer.from(path.repeat(10_000));
  const blob = blobOf(content);
  contents.set(blob.digest, content);
  return { kind: "binary", path, mode: 0o755, digest: blob.digest.slice(7), blob, encoding: "raw" };
};

describeReal("a host whose sshd takes two sessions at once", () => {
  let body: CableBody;
  beforeAll(async () => {
    body = await sshBody(undefined, undefined, "MaxSessions 2\n");
  });
  afterAll(() => body.stop());

  test("is made what it should be: one session is its lease, and whatever comes takes turns with the other", async () => {
    body.files.mkdir("/srv");
    const { host, ticket, lease } = await beginRun(body);
    const { failures, changed } = await runPhases({
      phases: [
        phase("early", { early: true, wish: () => [binary("/srv/early")] }),
        phase("images", { lane: "images", wish: () => [file("/srv/image")] }),
        phase("middle", { needs: here("early"), wish: () => [file("/srv/middle")] }),
        phase("behind", { early: true, lane: "images", needs: here("middle"), wish: () => [binary("/srv/behind")] }),
        phase("last", { needs: here("behind"), wish: () => [file("/srv/last")] }),
      ],
      context: { hosts: [host.name], story: [] },
      first: host.name,
      doors: {
        host: () => host,
        applyObjects: () => Promise.reject(new Error("nobody foresaw objects")),
        readBlob: async function* ({ digest }, offset) {
          yield contents.get(digest)?.subarray(offset) ?? Buffer.alloc(0);
        },
      },
      ticket,
      bus: createBus(),
      signal: AbortSignal.timeout(60_000),
      concurrency: 1,
    });
    await lease.release("done");
    expect([failures, changed]).toEqual([[], 5]);
    expect(body.files.read("/srv/behind")?.length).toBe(contents.get(binary("/srv/behind").blob.digest)?.length);
  });
});

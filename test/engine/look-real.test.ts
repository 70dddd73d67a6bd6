import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createPhases } from "../../src/actions/apply/create-phases.ts";
import { KnownAfter } from "../../src/changes/phase.ts";
import { createBus } from "../../src/engine/events.ts";
import { foreseePhases } from "../../src/engine/foresee.ts";
import { shellHost } from "../../src/host/shell-host.ts";
import { describeReal } from "../host/ssh/real.ts";
import { contextOf } from "../phases/context.ts";
import { software } from "../phases/software.ts";
import { cluster, healthy } from "../preflight/hosts.ts";
import { plainTransport, type Sandbox, startSandbox } from "../support/sandbox.ts";

vi.setConfig({ testTimeout: 120_000 });

/** Every path that was ever written in a sandbox, with the moment of its last change of any kind. */
const trace = (sandbox: Sandbox): string[] =>
  sandbox.written.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" }).map((path) => `${path} ${lstatSync(join(folder, path)).ctimeMs}`),
  );

describeReal("the check reading on a real machine", () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await startSandbox();
  });
  afterAll(() => sandbox.stop());

  test("asks about everything that a create would make of it, and writes nothing anywhere", async () => {
    const { hosts, ...wished } = cluster();
    const only = hosts.slice(0, 1);
    const [{ name } = { name: "" }] = only;
    const host = shellHost(plainTransport(name, sandbox));
    const context = contextOf({
      cluster: { ...wished, hosts: only },
      facts: new Map([[name, healthy(1)]]),
      software,
      door: () => host,
    });
    const before = trace(sandbox);
    const { units, failures } = await foreseePhases({
      phases: createPhases,
      context,
      first: name,
      doors: {
        host: () => host,
        applyObjects: () => Promise.reject(new KnownAfter("kube", "wait-api-server")),
        readBlob: () => expect.fail("nothing is staged"),
      },
      ticket: context.ticket,
      bus: createBus(),
      signal: new AbortController().signal,
      concurrency: 1,
    });
    expect(failures).toEqual([]);
    const kinds = new Set(units.flatMap(({ seen }) => seen.map(({ kind }) => kind)));
    expect([...kinds].toSorted()).toEqual(
      expect.arrayContaining([
        "binary",
        "command",
        "directory",
        "file",
        "hostname",
        "images",
        "made",
        "service",
        "static-pod",
        "swap",
        "sysctl",
      ]),
    );
    expect(units.flatMap(({ seen }) => seen.filter(({ differs }) => differs !== "")).length).toBeGreaterThan(60);
    expect(trace(sandbox)).toEqual(before);
    await sandbox.run("echo x >/etc/written");
    expect(trace(sandbox)).not.toEqual(before);
  });
});

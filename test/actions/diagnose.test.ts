import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { diagnose } from "../../src/actions/diagnose.ts";
import type { Connected, FleetOptions } from "../../src/actions/options.ts";
import { UserError } from "../../src/shared/errors.ts";
import { evidenceOf, type Scene, units } from "../diagnose/scene.ts";
import { fakeHost, fakeMachine } from "../support/fake-host.ts";
import { options } from "./options.ts";

let folder: string;
// The recorded hosts' clocks are right, then.
beforeAll(() => void vi.useFakeTimers({ toFake: ["Date"], now: Date.parse("2026-11-21T13:48:43.541Z") }));
afterAll(() => void vi.useRealTimers());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "kbs-diagnose-"));
});
afterEach(() => rm(folder, { recursive: true }));

const config = `apiVersion: kbs/v1
kind: Cluster
metadata: {name: demo}
spec:
  hosts:
    - {name: h1, address: 10.77.0.11, roles: [control-plane]}
    - {name: h2, address: 10.77.0.12, roles: [worker]}
  kubernetes: {version: v1.36.3}
`;

/** Reaches hosts that answer what the scene has them say; those that are down do not answer. */
const reaching =
  (scene: Scene, down: readonly string[] = []): NonNullable<FleetOptions["connect"]> =>
  async ({ name }): Promise<Connected> => {
    if (down.includes(name)) throw new UserError(`${name} does not answer on port 22`, { exit: "unreachable", host: name });
    const machine = fakeMachine(name);
    for (const { host, raw } of evidenceOf(scene).hosts)
      if (host.name === name) for (const [id, answer] of raw) machine.answers.set(id, answer);
    return { host: fakeHost(machine).host, counts: { channels: 0, bytesSent: 0, bytesReceived: 0 } };
  };

const nobody = () => expect.fail("somebody was asked");

const run = async (connect: NonNullable<FleetOptions["connect"]>, changes: Partial<FleetOptions> = {}) => {
  const file = join(folder, "kbs.yaml");
  await writeFile(file, config);
  const { outcome, diagnosis } = await diagnose({
    ...options({ file, connect, ...changes }),
    version: "0.0.0",
    out: join(folder, "d.tar.gz"),
  });
  return { exit: outcome.exit, diagnosis };
};

test("a cause that was found is told, and ends with the code of what is not ready", async () => {
  const { exit, diagnosis } = await run(reaching({ h2: units("inactive dead success") }));
  expect(exit).toBe("phase");
  expect(diagnosis.findings.map(({ rule, host }) => [rule, host])).toEqual([["kubelet-stopped", "h2"]]);
  expect(diagnosis.archive).toBe(join(folder, "d.tar.gz"));
});

test("a host that does not answer is named, ends nothing, and gives its code", async () => {
  const { exit, diagnosis } = await run(reaching({}, ["h2"]));
  expect(exit).toBe("unreachable");
  expect(diagnosis.hosts).toMatchObject([
    { name: "h1", answered: true },
    { name: "h2", answered: false, problem: "h2 does not answer on port 22" },
  ]);
  expect(existsSync(diagnosis.archive)).toBe(true);
});

test("where no host answers, that is the answer", async () => {
  const { exit, diagnosis } = await run(reaching({}, ["h1", "h2"]));
  expect(exit).toBe("unreachable");
  expect(diagnosis).toMatchObject({ findings: [], api: { answers: false } });
});

test("an API server that gives no word is no good end, though no rule knows why", async () => {
  const { exit, diagnosis } = await run(reaching({}));
  expect(diagnosis).toMatchObject({ findings: [], api: { answers: false } });
  expect(exit).toBe("phase");
});

test("machines that were never set up are well, API server or not", async () => {
  const bare = { ownership: "", unitStates: "", containers: "", cni: "", runtime: "", kubernetes: "", certificates: "", listeners: "" };
  expect((await run(reaching({ h1: bare, h2: bare }))).exit).toBe("done");
});

test("--limit asks these hosts alone, and a misspelt one is told before anyone is asked", async () => {
  const { diagnosis } = await run(reaching({}), { limit: ["h2"] });
  expect(diagnosis.hosts.map(({ name }) => name)).toEqual(["h2"]);
  await expect(run(nobody, { limit: ["h22"] })).rejects.toMatchObject({ details: { hint: "did you mean h2?" } });
});

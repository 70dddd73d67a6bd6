import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { explained, explaining, type Witnesses, whileHopeful } from "../../src/diagnose/explain.ts";
import { pause } from "../../src/kube/patience.ts";
import { UserError } from "../../src/shared/errors.ts";
import { fakeHost, fakeMachine } from "../support/fake-host.ts";
import { container, evidenceOf, healthy, journal, type Scene, units } from "./scene.ts";

/** Hosts that answer what the scene has them say. */
const witnesses = (scene: Scene): Witnesses => {
  const { cluster, hosts } = evidenceOf(scene);
  const doors = new Map(
    hosts.map(({ host: { name }, raw }) => {
      const machine = fakeMachine(name);
      for (const [id, answer] of raw) machine.answers.set(id, answer);
      return [name, fakeHost(machine).host];
    }),
  );
  const door = (name: string) => doors.get(name) ?? expect.fail(`no door to ${name}`);
  return { cluster, hosts: cluster.hosts, door };
};

// The recorded hosts' clocks are right, then.
beforeAll(() => void vi.useFakeTimers({ toFake: ["Date"], now: Date.parse("2026-11-21T13:48:43.541Z") }));
afterAll(() => void vi.useRealTimers());

const never = new AbortController().signal;
const late = new UserError("waiting for node h2: given up after 300 s", { exit: "phase" });
const forever = (signal: AbortSignal): Promise<void> => pause(600_000, signal);
const brief = (signal: AbortSignal): Promise<string> => pause(400, signal).then(() => "ready");
const badFlag = container("h1", "kube-apiserver", { log: ["Error: unknown flag: --no-such-flag"] });

test("a wait that fails says the cause, what was seen and what to do, and keeps its own sentence", async () => {
  const error = await explained(late, witnesses({ h2: units("inactive dead success") }), never);
  expect(error.message).toBe(late.message);
  expect(error.exit).toBe("phase");
  expect(error.details.probably).toContain("on h2: the kubelet is stopped");
  expect(error.details.hint).toBe('"systemctl start kubelet"; then run the same command again');
});

test("what was seen is shown without secrets", async () => {
  const h2 = {
    ...units("failed failed exit-code 5 1"),
    kubeletLog: journal("kubelet", ['E0101 "command failed" err="failed to run Kubelet: token abcdef.0123456789abcdef is bad"']),
  };
  const { output } = (await explained(late, witnesses({ h2 }), never)).details;
  expect(output).toContain("abcdef.***");
  expect(output).not.toContain("0123456789abcdef");
});

test("where no rule finds a cause, and where nobody answers, the error stays as it was", async () => {
  expect(await explained(late, witnesses({}), never)).toBe(late);
  const nobody = { ...witnesses({}), door: () => expect.fail("the door is shut") };
  expect(await explained(late, nobody, never)).toBe(late);
});

test("a wait that ends well asks nobody", async () => {
  const nobody = { ...witnesses({}), door: () => expect.fail("somebody was asked") };
  expect(await explaining(nobody, never, async () => 7)).toBe(7);
  expect(await whileHopeful("waiting", nobody, never, async () => 8)).toBe(8);
});

test("what is not meant for a user is not explained", async () => {
  const bug = new TypeError("a bug");
  await expect(explaining(witnesses({}), never, () => Promise.reject(bug))).rejects.toBe(bug);
});

test("a wait in vain is given up with the cause, long before its time", async () => {
  const given = whileHopeful("waiting for the API server", witnesses({ h1: badFlag }), never, forever, 10);
  await expect(given).rejects.toMatchObject({
    message: "waiting for the API server: given up, since waiting does not help",
    details: { probably: expect.stringContaining("on h1: kube-apiserver does not start: it refuses its flag --no-such-flag") },
  });
});

test("a cause that time may cure does not end a wait", async () => {
  expect(await whileHopeful("waiting", witnesses({ h2: units("inactive dead success") }), never, brief, 10)).toBe("ready");
});

test("Ctrl-C ends a wait as it is", async () => {
  const controller = new AbortController();
  const stopped = new UserError("stopped", { exit: "interrupted" });
  const run = whileHopeful("waiting", witnesses({ h1: badFlag }), controller.signal, forever, 600_000);
  controller.abort(stopped);
  await expect(run).rejects.toBe(stopped);
});

test("the recorded hosts answer every question that a diagnosis asks", () => {
  expect(Object.keys(healthy.h1)).toEqual(expect.arrayContaining(["clock", "disks", "containers", "certificates", "reach", "etcdHealth"]));
});

import { expect, test } from "vitest";
import type { Host } from "../../../src/changes/host.ts";
import type { Message, Record } from "../../../src/changes/message.ts";
import { toldHost } from "../../../src/engine/progress/told-host.ts";
import { UserError } from "../../../src/shared/errors.ts";
import { testBus } from "./events.ts";

/** Answers every message with these records, or breaks when there are none. */
const answering = (...outputs: readonly (readonly [number, string])[]): Host => ({
  name: "h1",
  hold: () => Promise.reject(new Error("nobody holds it here")),
  dial: () => Promise.reject(new Error("nobody dials here")),
  close: () => Promise.resolve(),
  send: () =>
    outputs.length === 0
      ? Promise.reject(new UserError("the connection broke", { exit: "unreachable" }))
      : Promise.resolve({
          records: outputs.map(([code, output], index): Record => ({ index, state: "answer", code, output: Buffer.from(output) })),
        }),
});

const told = async (host: Host, message: Message): Promise<readonly (readonly [string, string])[]> => {
  const { bus, heard } = testBus();
  await toldHost(host, bus)
    .send(message)
    .catch(() => undefined);
  return heard.flatMap((event) => (event.type === "exchange" ? [[event.what, event.output] as const] : []));
};

const ticket = { cluster: { id: "c", name: "demo" }, run: "r" };

test("questions are told with their answers, but for secret ones", async () => {
  const questions = [
    { id: "kernel", script: "uname -r" },
    { id: "ca-key", script: "cat ca.key", secret: true },
    { id: "swap", script: "swapon" },
  ];
  expect(await told(answering([0, "6.1.0\n"], [0, "KEY"], [127, "not found"]), { kind: "ask", questions })).toEqual([
    ["ask kernel ca-key swap", "kernel: 6.1.0\nca-key: 3 bytes, not shown\nswap (exit 127): not found"],
  ]);
});

test("a script is told as it ran, and what it printed unless that is secret", async () => {
  const run = { kind: "run", script: "kubectl get nodes\n" } as const;
  expect(await told(answering([1, "refused\n"]), run)).toEqual([["run", "kubectl get nodes\nanswer (exit 1): refused"]]);
  expect(await told(answering([0, "TOKEN"]), { ...run, secret: true })).toEqual([["run", "kubectl get nodes\nanswer: 5 bytes, not shown"]]);
});

test("changes that are applied are left to the lane that sent them, unless the message broke", async () => {
  const changes = [{ kind: "module", name: "overlay" } as const];
  const apply = { kind: "change", reading: "apply", ticket, changes } as const;
  expect(await told(answering([0, ""]), apply)).toEqual([]);
  expect(await told(answering(), apply)).toEqual([[expect.stringContaining("apply "), "broke: the connection broke"]]);
  expect(await told(answering([0, ""]), { ...apply, reading: "check" })).toHaveLength(1);
});

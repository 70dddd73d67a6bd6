import { expect, test } from "vitest";
import type { Host } from "../../src/changes/host.ts";
import type { Message, Record } from "../../src/changes/message.ts";
import { createBus, type TimedEvent } from "../../src/engine/events.ts";
import { toldHost } from "../../src/engine/told-host.ts";
import { UserError } from "../../src/shared/errors.ts";

/** Answers every message with these records, or breaks when there are none. */
const answering = (...records: readonly Pick<Record, "state" | "code">[]): Host => ({
  name: "h1",
  hold: () => Promise.reject(new Error("nobody holds it here")),
  dial: () => Promise.reject(new Error("nobody dials here")),
  close: () => Promise.resolve(),
  send: (_message, options) => {
    if (records.length === 0) return Promise.reject(new UserError("the connection broke", { exit: "unreachable" }));
    const all = records.map((record, index): Record => ({ ...record, index, output: Buffer.from(`said ${index}\n`) }));
    for (const record of all) options?.onRecord?.(record);
    return Promise.resolve({ records: all });
  },
});

const told = async (host: Host, message: Message): Promise<string[]> => {
  const bus = createBus();
  const heard: TimedEvent[] = [];
  bus.subscribe((event) => heard.push(event));
  await toldHost(host, bus)
    .send(message)
    .catch(() => undefined);
  return heard.flatMap((event) => (event.type === "exchange" ? [event.what, event.output] : []));
};

const ticket = { cluster: { id: "c", name: "demo" }, run: "r" };
const answer = { state: "answer", code: 0 } as const;

test("questions are told with their answers, but for secret ones", async () => {
  const questions = [
    { id: "kernel", script: "uname -r" },
    { id: "ca-key", script: "cat ca.key", secret: true },
  ];
  expect(await told(answering(answer, answer), { kind: "ask", questions })).toEqual([
    "ask 2 questions",
    "kernel\n  -> answer: said 0\nca-key\n  -> answered (secret)",
  ]);
});

test("a script is told as it ran, with its code and what it printed", async () => {
  const message = { kind: "run", script: "kubectl get nodes\n" } as const;
  expect(await told(answering({ state: "answer", code: 1 }), message)).toEqual([
    "run",
    "$ kubectl get nodes\n  -> answer (code 1): said 0",
  ]);
});

test("changes are told by what is wished, never by a file's content", async () => {
  const changes = [{ kind: "file", path: "/etc/token", content: "very secret", mode: 0o600, secret: true } as const];
  const [what, output] = await told(answering({ state: "changed", code: 0 }), { kind: "change", reading: "apply", ticket, changes });
  expect(what).toBe("apply 1 changes");
  expect(output).toBe("path:/etc/token file 600 11 bytes\n  -> changed: said 0");
});

test("a message that broke is told as far as it got", async () => {
  expect(await told(answering(), { kind: "run", script: "true" })).toEqual(["run", "$ true\nthe connection broke"]);
});

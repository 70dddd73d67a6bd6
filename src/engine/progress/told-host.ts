import { changeId } from "../../changes/change.ts";
import type { Host } from "../../changes/host.ts";
import type { Message, Record, Reply } from "../../changes/message.ts";
import type { Bus } from "../events.ts";

/** What a message asks for, in a line. */
const titleOf = (message: Message): string => {
  if (message.kind === "ask") return `ask ${message.questions.map(({ id }) => id).join(" ")}`;
  if (message.kind === "change") return `${message.reading} ${message.changes.map(changeId).join(" ")}`;
  if (message.kind === "blobs") return `stage ${message.blobs.map(({ digest, size }) => `${digest} (${size} bytes)`).join(" ")}`;
  return "run";
};

/** A record as the log shows it, unless it may hold a secret. */
const answerOf = (message: Message, { index, state, code, output }: Record): string => {
  const question = message.kind === "ask" ? message.questions[index] : undefined;
  const isSecret = question?.secret === true || (message.kind === "run" && message.secret === true);
  const name = question === undefined ? state : question.id;
  return `${name}${code === 0 ? "" : ` (exit ${code})`}: ${isSecret ? `${output.length} bytes, not shown` : output.toString().trimEnd()}`;
};

/** Script text holds no secret: only contents do, and they are not told. */
const bodyOf = (message: Message, records: readonly Record[]): string =>
  [...(message.kind === "run" ? [message.script.trimEnd()] : []), ...records.map((record) => answerOf(message, record))].join("\n");

const isToldByLane = (message: Message): boolean => message.kind === "change" && message.reading === "apply";

/**
 * The same host, every message to which is told with its answer, for the log. Messages that apply changes are told by the lane which fused
 * them, unless they break.
 */
export const toldHost = (host: Host, bus: Bus): Host => {
  const tell = (message: Message, began: number, output: string): void =>
    bus.emit({ type: "exchange", host: host.name, what: titleOf(message), took: Date.now() - began, output });
  return {
    name: host.name,
    hold: (...all) => host.hold(...all),
    dial: (...all) => host.dial(...all),
    close: () => host.close(),
    send: async (message, options): Promise<Reply> => {
      const began = Date.now();
      try {
        const reply = await host.send(message, options);
        if (!isToldByLane(message)) tell(message, began, bodyOf(message, reply.records));
        return reply;
      } catch (error) {
        tell(message, began, `broke: ${error instanceof Error ? error.message : "for no reason it told"}`);
        throw error;
      }
    },
  };
};

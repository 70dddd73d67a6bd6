import { describeExchange } from "../changes/describe.ts";
import type { Host } from "../changes/host.ts";
import type { Record } from "../changes/message.ts";
import type { Bus } from "./events.ts";

/** A host of which every exchange is told as an event, for the log of the run; one that broke, as far as it got. */
export const toldHost = (host: Host, bus: Bus): Host => ({
  ...host,
  send: async (message, options = {}) => {
    const began = Date.now();
    const records: Record[] = [];
    const tell = (error?: unknown): void => {
      const { what, output } = describeExchange(message, records);
      const broke = error instanceof Error ? `${output}\n${error.message}` : output;
      bus.emit({ type: "exchange", host: host.name, what, took: Date.now() - began, output: broke });
    };
    const onRecord = (record: Record): void => {
      records.push(record);
      options.onRecord?.(record);
    };
    try {
      const reply = await host.send(message, { ...options, onRecord });
      tell();
      return reply;
    } catch (error) {
      tell(error);
      throw error;
    }
  },
});

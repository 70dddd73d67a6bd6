import { eventsVersion, type Sink } from "../events.ts";

/** Newline-delimited JSON: first the version of the events' schema and of kbs, then an event a line. */
export const jsonSink = (write: (text: string) => unknown, version: string): Sink => {
  write(`${JSON.stringify({ type: "version", events: eventsVersion, kbs: version })}\n`);
  return (event) => void write(`${JSON.stringify(event)}\n`);
};

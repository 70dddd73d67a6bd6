import type { RunEvent } from "../../../src/engine/events.ts";
import { jsonSink } from "../../../src/engine/progress/json.ts";
import { collect } from "../../../src/engine/report/collect.ts";
import { renderReport } from "../../../src/engine/report/page.ts";
import { readEvents } from "../../../src/engine/report/read-events.ts";
import type { RunRecord } from "../../../src/engine/report/record.ts";
import { testBus } from "../progress/events.ts";

/** An event, and how many milliseconds pass after it. */
export type Moment = RunEvent | readonly [event: RunEvent, pass: number];

const isTimed = (moment: Moment): moment is readonly [RunEvent, number] => Array.isArray(moment);

/** What `--output json` would have printed of these moments. */
export const linesOf = (moments: readonly Moment[]): readonly string[] => {
  const { bus, pass } = testBus();
  const written: string[] = [];
  bus.subscribe(jsonSink((text) => written.push(text.trimEnd()), "1.2.3"));
  for (const moment of moments) {
    const [event, after] = isTimed(moment) ? moment : [moment, 0];
    bus.emit(event);
    pass(after);
  }
  return written;
};

export const recordOf = (moments: readonly Moment[]): Promise<RunRecord> => collect(readEvents(linesOf(moments), "events.ndjson"));

export const pageOf = async (moments: readonly Moment[]): Promise<string> => renderReport(await recordOf(moments));

/** What a reader sees of a page: its words, without marks and style. */
export const wordsOf = (page: string): string =>
  page
    .replace(/<style>.*?<\/style>/s, "")
    .replaceAll(/<[^>]+>/g, " ")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&")
    .replaceAll(/\s+/g, " ");

export const ended = (fields: Partial<RunEvent & { type: "run-ended" }> = {}): RunEvent => ({
  type: "run-ended",
  exit: "done",
  changed: 0,
  took: 1000,
  next: [],
  ...fields,
});

export const unit = (phase: string, host: string, took: number, end: Partial<RunEvent & { type: "unit-ended" }> = {}): Moment[] => [
  [{ type: "unit-started", phase, host }, took],
  { type: "unit-ended", phase, host, state: "done", changed: 0, took, ...end },
];

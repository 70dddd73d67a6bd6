import { describe, expect, test } from "vitest";
import { type EventLine, readEvents } from "../../../src/engine/report/read-events.ts";
import { begun } from "../progress/events.ts";
import { ended, linesOf } from "./story.ts";

const read = async (lines: readonly string[]): Promise<EventLine[]> => {
  const events: EventLine[] = [];
  for await (const event of readEvents(lines, "run.ndjson")) events.push(event);
  return events;
};

const lines = linesOf([begun, ended()]);
const [version = "", started = "", last = ""] = lines;

describe("a file of events", () => {
  test("is read line by line, empty ones aside", async () => {
    expect((await read([version, "", started, last])).map(({ type }) => type)).toEqual(["version", "run-started", "run-ended"]);
  });

  test("may hold what later versions have, which is left out", async () => {
    const later = version.replace(/"events":"1\.\d+"/, '"events":"1.99"');
    const unknown = '{"type":"comet","time":1,"at":1}';
    const richer = started.replace('"run":', '"mood":"good","run":');
    expect((await read([later, unknown, richer])).map(({ type }) => type)).toEqual(["version", "run-started"]);
  });

  test("may break off in the middle of its last line, as a killed run leaves it", async () => {
    expect((await read([version, started, last.slice(0, 20)])).map(({ type }) => type)).toEqual(["version", "run-started"]);
  });

  test.each([
    ["holds nothing", [], "run.ndjson holds no events"],
    ["is something else", ["apiVersion: v1", "kind: Pod"], "run.ndjson:1: this is not JSON"],
    ["is other JSON", ['{"a":1}'], 'run.ndjson:1: this is no event: it is no JSON object with a "type"'],
    ["is a list", ["[1]"], 'run.ndjson:1: this is no event: it is no JSON object with a "type"'],
    ["begins in the middle", [started], "run.ndjson:1: these are not the events of a run"],
    ["has a foreign line in the middle", [version, "Killed", started], "run.ndjson:2: this is not JSON"],
    ["has an event of another shape", [version, '{"type":"bytes","host":7}'], 'run.ndjson:2: this is no event "bytes": '],
    ["is of another major version", [version.replace(/"1\.\d+"/, '"2.0"')], "these are events of version 2.0, and this kbs reads 1.x"],
  ])("that %s is refused with a sentence", async (_, text, sentence) => {
    await expect(read(text)).rejects.toThrow(sentence);
  });
});

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createTurns } from "../../src/engine/turns.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Which of these hosts' turn has come, in the order in which it came. */
const watched = (ahead: readonly string[], hosts: readonly string[]) => {
  const turns = createTurns(ahead);
  const come: string[] = [];
  for (const host of hosts) void turns.of(host).then(() => come.push(host));
  const after = async (ms: number): Promise<readonly string[]> => {
    await vi.advanceTimersByTimeAsync(ms);
    return come;
  };
  return { turns, after };
};

test("hosts that go ahead follow one another, whatever is over first, and then come all others", async () => {
  const { turns, after } = watched(["h1", "h2"], ["h4", "h3", "h2", "h1"]);
  expect(await after(0)).toEqual(["h1"]);
  turns.over("h2");
  turns.over("h3");
  expect(await after(100)).toEqual(["h1"]);
  turns.over("h1");
  expect(await after(0)).toEqual(["h1", "h2", "h4", "h3"]);
});

test("nobody waits for one of them for longer than half a minute", async () => {
  const { after } = watched(["h1", "h2"], ["h1", "h2", "h3"]);
  expect(await after(29_999)).toEqual(["h1"]);
  expect(await after(1)).toEqual(["h1", "h2"]);
  expect(await after(29_999)).toEqual(["h1", "h2"]);
  expect(await after(1)).toEqual(["h1", "h2", "h3"]);
});

test("where none goes ahead all begin at once", async () => {
  expect(await watched([], ["h1", "h2"]).after(0)).toEqual(["h1", "h2"]);
});

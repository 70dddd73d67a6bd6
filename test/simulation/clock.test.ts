import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { inVirtualTime } from "./clock.ts";

test("an hour of waiting takes no time, and everything happens at its moment, in order", async () => {
  const before = Date.now();
  const { result, took } = await inVirtualTime(async () => {
    const story: string[] = [];
    const begin = Date.now();
    const say = (what: string): void => void story.push(`${Date.now() - begin} ${what}`);
    const beat = setInterval(() => say("beat"), 1_500_000);
    const late = setTimeout(() => say("never"), 3_000_000);
    setTimeout(() => say("first"), 1000);
    setTimeout(() => say("second"), 1000);
    const limit = AbortSignal.timeout(2_000_000);
    limit.addEventListener("abort", () => say(limit.reason.name));
    await sleep(2_500_000);
    clearTimeout(late);
    await sleep(1_100_000);
    clearInterval(beat);
    say("end");
    return story;
  });
  expect(result).toEqual(["1000 first", "1000 second", "1500000 beat", "2000000 TimeoutError", "3000000 beat", "3600000 end"]);
  expect(took).toBe(3_600_000);
  expect(Date.now() - before).toBeLessThan(60_000);
});

test("a wait can be given up, and what the work throws comes out with the real clock back in its place", async () => {
  const broken = inVirtualTime(async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 50);
    await expect(sleep(100_000, undefined, { signal: stop.signal })).rejects.toThrow("aborted");
    throw new Error(`after ${performance.now()} ms`);
  });
  await expect(broken).rejects.toThrow("after 50 ms");
  expect(Math.abs(Date.now() - new Date().getTime())).toBeLessThan(1000);
});

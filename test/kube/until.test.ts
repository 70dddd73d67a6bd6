import { describe, expect, test } from "vitest";
import { KubeError } from "../../src/kube/error.ts";
import { until } from "../../src/kube/until.ts";

describe("a wait", () => {
  test("ends with the first test that finds nothing to wait for, and told each reason once", async () => {
    const reasons = ["starting", "starting", "almost", undefined];
    const told: string[] = [];
    await until("waiting", () => Promise.resolve(reasons.shift()), { timeout: 5000, every: 1, onWait: (reason) => told.push(reason) });
    expect(told).toEqual(["starting", "almost"]);
  });

  test("that is too long fails with its name, its limit and the last reason", async () => {
    const waiting = until("waiting for the aggregated API", () => Promise.resolve("no endpoints"), { timeout: 50, every: 5 });
    await expect(waiting).rejects.toMatchObject({
      message: "waiting for the aggregated API: given up after 0.05 s: no endpoints",
      details: { exit: "phase" },
    });
  });

  test("goes on while the server does not answer, and ends at what time does not cure", async () => {
    const errors = [
      new KubeError("no answer", { code: 0, reason: "NoAnswer", transient: true }),
      new KubeError("no right", { code: 403, reason: "Forbidden" }),
    ];
    const told: string[] = [];
    const test_ = () => Promise.reject(errors.shift() ?? new Error("asked too often"));
    await expect(until("waiting", test_, { timeout: 5000, every: 1, onWait: (reason) => told.push(reason) })).rejects.toThrow("no right");
    expect(told).toEqual(["no answer"]);
  });

  test("ends with its signal", async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error("interrupted")), 20);
    await expect(until("waiting", () => Promise.resolve("not yet"), { timeout: 5000, signal: stop.signal })).rejects.toThrow("interrupted");
  });
});

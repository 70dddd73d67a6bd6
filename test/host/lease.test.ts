import { PassThrough } from "node:stream";
import { afterEach, expect, test, vi } from "vitest";
import { holdLease } from "../../src/host/lease.ts";
import type { Transport } from "../../src/host/transport.ts";
import { UserError } from "../../src/shared/errors.ts";
import { newTicket, someone } from "../changes/contract/body.ts";

afterEach(() => void vi.restoreAllMocks());

test("a lease that is not taken in time is told by a sentence, and its shell is let go", async () => {
  const abandon = vi.fn<() => void>();
  const silent: Transport = {
    name: "h1",
    counts: { channels: 0, bytesSent: 0, bytesReceived: 0 },
    start: async () => ({
      stdin: new PassThrough().resume(),
      stdout: new PassThrough(),
      stderrTail: () => "",
      ended: new Promise(() => undefined),
      abandon,
    }),
    dial: () => Promise.reject(new Error("nobody dials")),
    close: async () => undefined,
  };
  vi.spyOn(AbortSignal, "timeout").mockReturnValue(AbortSignal.abort(new DOMException("The operation was aborted", "TimeoutError")));
  const taking = holdLease(silent, { ticket: newTicket(), owner: someone, seconds: 45, onStop: () => undefined });
  const error = await taking.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UserError);
  expect(error).toMatchObject({ message: "the host's lease could not be taken within 90 s", exit: "phase", details: { host: "h1" } });
  expect(abandon).toHaveBeenCalledOnce();
});

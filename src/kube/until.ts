import { UserError } from "../shared/errors.ts";
import { KubeError } from "./error.ts";
import { pause } from "./patience.ts";

export interface UntilOptions {
  /** Milliseconds after which to give up. */
  readonly timeout: number;
  /** Milliseconds between two tests; default 500. */
  readonly every?: number;
  readonly signal?: AbortSignal;
  /** Called with each new reason to wait on. */
  readonly onWait?: (reason: string) => void;
}

/** The error of a wait that went on too long. */
export const notWithin = (what: string, timeout: number, reason: string): UserError =>
  new UserError(`${what}: given up after ${timeout / 1000} s: ${reason}`, { exit: "phase" });

/**
 * Waits until a test finds nothing more to wait for.
 * @param what the awaited, in words: "waiting for the aggregated API".
 * @param test says why not yet; undefined when it is so. A server that does not answer is one more reason to wait, any other error ends it.
 * @throws UserError exit "phase", with the last reason, after the time limit; `signal.reason`.
 */
export const until = async (
  what: string,
  test: (signal: AbortSignal) => Promise<string | undefined>,
  options: UntilOptions,
): Promise<void> => {
  const { timeout, every = 500, signal, onWait } = options;
  const limit = AbortSignal.timeout(timeout);
  const either = signal ? AbortSignal.any([signal, limit]) : limit;
  let last = "the first look has not ended";
  try {
    for (;;) {
      const reason = await test(either).catch((error: unknown) => {
        if (error instanceof KubeError && error.transient) return error.message;
        throw error;
      });
      if (reason === undefined) return;
      if (reason !== last) onWait?.(reason);
      last = reason;
      await pause(every, either);
    }
  } catch (error) {
    if (limit.aborted && !signal?.aborted) throw notWithin(what, timeout, last);
    throw error;
  }
};

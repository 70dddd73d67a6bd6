import { type ErrorDetails, UserError } from "../../shared/errors.ts";
import { pause } from "../patience.ts";

/** Why a try led to nothing. */
export interface Trouble {
  readonly error: UserError;
  /** Whether time may cure it: then it is tried again. */
  readonly mayPass: boolean;
  /** Milliseconds after which it no longer may, where that is sooner than the whole time limit. */
  readonly within?: number;
}

const trouble = (mayPass: boolean, message: string, details: ErrorDetails): Trouble => ({
  error: new UserError(message, { exit: "unreachable", ...details }),
  mayPass,
});

/** Trouble that time may cure. */
export const passing = (message: string, details: ErrorDetails = {}): Trouble => trouble(true, message, details);
/** Trouble that stays until somebody does something about it. */
export const lasting = (message: string, details: ErrorDetails = {}): Trouble => trouble(false, message, details);

export const isTrouble = (result: object): result is Trouble => "mayPass" in result && "error" in result;

export interface Patience {
  readonly signal: AbortSignal;
  /** Milliseconds for all tries. */
  readonly timeout: number;
  /** Milliseconds between two tries. */
  readonly every: number;
  /** Called with each new reason to try again. */
  readonly waiting: (reason: string) => void;
}

const seconds = (milliseconds: number): string => `${Math.round(milliseconds / 100) / 10} s`;

/** What a stop throws: a time limit is told with what it has cut off. */
const stopped = (reason: unknown, last: string): unknown =>
  reason instanceof UserError && reason.exit !== "interrupted" && last !== ""
    ? new UserError(`${reason.message}: ${last}`, reason.details)
    : reason;

/**
 * Tries until it works, or time does not help.
 * @throws UserError of the last try, with how long it was tried; the signal's reason
 */
export const persist = async <T extends object>(attempt: () => Promise<T | Trouble>, patience: Patience): Promise<T> => {
  const { signal, timeout, every, waiting } = patience;
  const began = performance.now();
  let last = "";
  const once = async (): Promise<T | undefined> => {
    signal.throwIfAborted();
    const result = await attempt();
    if (!isTrouble(result)) return result;
    const { error, mayPass, within = timeout } = result;
    if (!mayPass) throw error;
    const tried = performance.now() - began;
    if (tried + every > Math.min(within, timeout)) throw new UserError(`${error.message} (tried for ${seconds(tried)})`, error.details);
    if (error.message !== last) waiting(error.message);
    last = error.message;
    await pause(every, signal);
    return undefined;
  };
  try {
    for (;;) {
      const found = await once();
      if (found) return found;
    }
  } catch (error) {
    throw signal.aborted ? stopped(signal.reason, last) : error;
  }
};

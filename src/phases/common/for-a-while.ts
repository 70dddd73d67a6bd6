import { until } from "../../kube/until.ts";

/** Milliseconds between two looks. */
const every = 100;

interface Patience {
  /** Milliseconds after which the phase goes on all the same. */
  readonly within: number;
  readonly signal: AbortSignal;
  readonly waiting: (reason: string) => void;
}

/**
 * Waits for what makes the next step quick but is not needed for it: goes on when it has not come in time, or cannot be asked for.
 * @param test says why not yet; undefined when it is so
 * @throws signal.reason
 */
export const forAWhile = async (
  what: string,
  test: () => Promise<string | undefined>,
  { within, signal, waiting }: Patience,
): Promise<void> => {
  try {
    await until(what, test, { timeout: within, every, signal, onWait: waiting });
  } catch (error) {
    if (signal.aborted) throw error;
  }
};

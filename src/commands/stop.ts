import { exitCodes } from "../shared/errors.ts";
import { interrupted } from "./prompt.ts";

export interface Way {
  /** Writes past every buffer: nothing is left to empty them. Throws where nobody takes it. */
  readonly write: (text: string) => void;
  readonly exit: (code: number) => void;
  readonly isTerminal: boolean;
}

/** What a signal does: the first time it asks the run to end well, the second time it leaves at once. */
export const createStop =
  (controller: AbortController, { write, exit, isTerminal }: Way): (() => void) =>
  () => {
    if (!controller.signal.aborted) return controller.abort(interrupted());
    const showCursor = isTerminal ? "\u001B[?25h" : "";
    try {
      write(
        `${showCursor}\nleft at once: a change may be half done. The same command again finishes what was begun; kbs history shows it\n`,
      );
    } catch {
      // Its reader has gone (EPIPE), or takes nothing just now (EAGAIN): the code says it all the same.
    }
    exit(exitCodes.interrupted);
  };

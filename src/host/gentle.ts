import type { Message } from "../changes/message.ts";
import { UserError } from "../shared/errors.ts";

/**
 * The signal that ends a message where it stands. One that changes the host under a lease that was told to stop has some time to come to an
 * end by itself.
 */
export const gentle = (
  message: Message,
  signal: AbortSignal | undefined,
  isStopped: (run: string) => boolean,
  within: number,
): { readonly signal: AbortSignal | undefined; readonly forget: () => void } => {
  const changing = message.kind === "run" || (message.kind === "change" && message.reading === "apply") ? message.ticket : undefined;
  signal?.throwIfAborted();
  if (signal === undefined || changing === undefined) return { signal, forget: () => undefined };
  const hard = new AbortController();
  const end = (): void => hard.abort(signal.reason);
  let timer: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    // The lease hears of the same abort, maybe after this.
    timer = setTimeout(() => {
      if (!isStopped(changing.run)) return end();
      timer = setTimeout(end, within);
    });
  };
  signal.addEventListener("abort", onAbort, { once: true });
  const forget = (): void => {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  };
  return { signal: hard.signal, forget };
};

/** The end of a message that came to a host after its run was told to stop, or was under way. Nothing of it is half done. */
export const stoppedOn = (host: string): UserError =>
  new UserError("the run was told to stop; the change in flight was finished", { exit: "interrupted", host });

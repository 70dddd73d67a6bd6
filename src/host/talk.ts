import { randomBytes } from "node:crypto";
import { type Frame, FrameReader, type Notice } from "../changes/frames.ts";
import { base, killSession } from "../changes/sh/base.ts";
import { loader, loaderCodes } from "../changes/sh/loader.ts";
import { UserError } from "../shared/errors.ts";
import { quote } from "../shared/quote.ts";
import { sha256 } from "../shared/sha256.ts";
import type { LaunchOptions } from "./process.ts";
import type { RootShell, Transport } from "./transport.ts";

/** A script under way on a host: what it reports, and how to end it. */
export interface Talk {
  readonly shell: RootShell;
  readonly session: () => string | undefined;
  /** Resolves when the script has ended; rejects with what broke it. */
  readonly finished: Promise<void>;
  readonly isOver: () => boolean;
}

/** Starts a script on a host. */
export const talk = async (
  transport: Transport,
  script: string,
  onFrame: (frame: Frame) => void,
  options: LaunchOptions = {},
): Promise<Talk> => {
  const nonce = randomBytes(16).toString("hex");
  const shell = await transport.start(loader, options);
  const reader = new FrameReader(nonce);
  let session: string | undefined;
  shell.stdout.on("data", (chunk: Buffer) => {
    for (const frame of reader.push(chunk)) {
      if ("notice" in frame && frame.notice.kind === "hello") session = frame.notice.session;
      else onFrame(frame);
    }
  });
  // A script that failed early closes its stdin; the records say why, not the broken pipe.
  shell.stdin.on("error", () => undefined);
  const digest = sha256(script);
  shell.stdin.write(`${nonce} ${Buffer.byteLength(script)} ${digest}\n${script}`);
  const finished = shell.ended.then(({ code, signal: ending }) => {
    if (code === 0) return;
    throw new UserError(explainEnd(code, ending), {
      exit: code === loaderCodes.noHeader || code === loaderCodes.wrongDigest ? "unreachable" : "phase",
      host: transport.name,
      output: shell.stderrTail(),
    });
  });
  let isOver = false;
  const note = (): void => void (isOver = true);
  finished.then(note, note);
  return { shell, session: () => session, finished, isOver: () => isOver };
};

const explainEnd = (code: number | null, signal: string | null): string => {
  if (code === loaderCodes.noHeader || code === loaderCodes.wrongDigest)
    return "the connection was cut before the script was whole; nothing was run";
  return signal ? `the script was ended by signal ${signal}` : `the script ended with code ${code}`;
};

/** @throws UserError exit "locked" when a notice says that the host turned the message away */
export const refuse = (host: string, notices: readonly Notice[]): void => {
  for (const notice of notices) {
    if (notice.kind === "hello" || notice.kind === "stopped") continue;
    throw new UserError(notice.kind === "fenced" ? "this run no longer holds the host" : "the host is held by another run", {
      exit: "locked",
      host,
      probably: notice.owner
        ? `it is held by ${notice.owner.trim()}`
        : "its lease was lost: the link was down for too long, or the host was restarted",
      hint: "wait until the other run has ended, then run the same command again; kbs unlock says more of it, and can end it",
    });
  }
};

/** Rejects as soon as the signal says so, whatever the promise does. */
export const abortable = async <T>(promise: Promise<T>, signal: AbortSignal): Promise<T> => {
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
};

/** Ends all that a message has started on the host, by its session, then lets go of the channel. Best effort: the next run does it again. */
export const endTalk = async (transport: Transport, { shell, session }: Talk): Promise<void> => {
  const id = session();
  if (id !== undefined) {
    const signal = AbortSignal.timeout(10_000);
    const killer = await talk(transport, [base, killSession, `killsession ${quote(id)} -`].join("\n"), () => undefined, { signal }).catch(
      () => undefined,
    );
    killer?.shell.stdin.end();
    if (killer) await abortable(killer.finished, signal).catch(() => undefined);
  }
  shell.abandon();
};

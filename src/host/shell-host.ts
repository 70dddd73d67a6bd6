import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import type { Writable } from "node:stream";
import { type Compiled, compileAsk, compileBlobs, compileChanges, compileRun } from "../changes/compile.ts";
import { type Frame, FrameReader, type Notice } from "../changes/frames.ts";
import type { Host, Lease, Owner, SendOptions } from "../changes/host.ts";
import type { BlobMessage, Message, Record, Reply, Ticket } from "../changes/message.ts";
import { base, killSession } from "../changes/sh/base.ts";
import { hold as holdScript, leaseSeconds } from "../changes/sh/hold.ts";
import { loader, loaderCodes } from "../changes/sh/loader.ts";
import { UserError } from "../shared/errors.ts";
import { quote } from "../shared/quote.ts";
import type { RootShell, Transport } from "./transport.ts";

/** Milliseconds that a message may take unless it says otherwise. */
const defaultTimeout = 600_000;

/** A host behind a transport that ends in a root shell: the one body for SSH and for this machine. */
export const shellHost = (transport: Transport): Host => ({
  name: transport.name,
  send: (message, options = {}) => send(transport, message, options),
  hold: (ticket, owner, options = {}) => hold(transport, ticket, owner, options.signal),
  dial: (address, port, options) => transport.dial(address, port, options),
  close: () => transport.close(),
});

const compile = (message: Message, timeout: number): Compiled => {
  switch (message.kind) {
    case "ask":
      return compileAsk(message);
    case "change":
      return compileChanges(message);
    case "blobs":
      return compileBlobs(message);
    case "run":
      return compileRun(message, Math.ceil(timeout / 1000));
  }
};

/** A script under way on a host: what it reports, and how to end it. */
interface Talk {
  readonly shell: RootShell;
  readonly session: () => string | undefined;
  /** Resolves when the script has ended; rejects with what broke it. */
  readonly finished: Promise<void>;
  readonly isOver: () => boolean;
}

const talk = async (transport: Transport, script: string, onFrame: (frame: Frame) => void, signal?: AbortSignal): Promise<Talk> => {
  const nonce = randomBytes(16).toString("hex");
  const shell = await transport.start(loader, signal ? { signal } : {});
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
  const digest = createHash("sha256").update(script).digest("hex");
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

const send = async (transport: Transport, message: Message, options: SendOptions): Promise<Reply> => {
  const timeout = options.timeout ?? defaultTimeout;
  const { script, contents } = compile(message, timeout);
  const records: Record[] = [];
  const notices: Notice[] = [];
  const offsets = message.kind === "blobs" ? new Offsets(message.blobs.length) : undefined;
  const onFrame = (frame: Frame): void => {
    if ("notice" in frame) {
      notices.push(frame.notice);
      offsets?.give([]);
      return;
    }
    if (offsets && frame.record.state === "answer") return offsets.add(Number(frame.record.output.toString()));
    records.push(frame.record);
    options.onRecord?.(frame.record);
  };
  const limited = AbortSignal.any([AbortSignal.timeout(timeout), ...(options.signal ? [options.signal] : [])]);
  const started = await talk(transport, script, onFrame, limited);
  const feeding = feed(started, message, contents, offsets, options, limited);
  try {
    await abortable(Promise.all([started.finished, feeding]), limited);
  } catch (error) {
    // A script that lives on after the source of its contents broke would wait for the rest of them.
    if (limited.aborted || !started.isOver()) await end(transport, started);
    if (!limited.aborted) throw error;
    if (options.signal?.aborted) throw options.signal.reason;
    throw new UserError(`the host did not finish within ${Math.round(timeout / 1000)} s`, {
      exit: "phase",
      host: transport.name,
      output: started.shell.stderrTail(),
    });
  }
  refuse(transport.name, notices);
  return { records: records.toSorted((a, b) => a.index - b.index) };
};

/** Writes what follows the script, minding back-pressure. */
const feed = async (
  { shell, finished }: Talk,
  message: Message,
  contents: readonly Buffer[],
  offsets: Offsets | undefined,
  options: SendOptions,
  signal: AbortSignal,
): Promise<void> => {
  const source =
    message.kind === "blobs" && offsets
      ? blobBytes(message, await Promise.race([offsets.known, finished.then(() => [])]))
      : message.kind === "run"
        ? inputOf(message.input)
        : contents;
  let sent = 0;
  for await (const chunk of source) {
    if (signal.aborted || shell.stdin.destroyed) break;
    await write(shell.stdin, chunk, finished);
    sent += chunk.length;
    options.onBytes?.(sent);
  }
  shell.stdin.end();
};

const inputOf = (input: Buffer | AsyncIterable<Uint8Array> | undefined): Iterable<Uint8Array> | AsyncIterable<Uint8Array> =>
  input === undefined ? [] : Buffer.isBuffer(input) ? [input] : input;

const write = async (stream: Writable, chunk: Uint8Array, finished: Promise<void>): Promise<void> => {
  if (stream.write(chunk)) return;
  const enough = new AbortController();
  const { signal } = enough;
  await Promise.race([once(stream, "drain", { signal }), once(stream, "close", { signal }), finished]).catch(() => undefined);
  // Takes the listeners of the events that did not come off again.
  enough.abort();
};

async function* blobBytes(message: BlobMessage, offsets: readonly number[]): AsyncGenerator<Uint8Array> {
  for (const [index, blob] of message.blobs.entries()) {
    const offset = offsets[index];
    if (offset !== undefined && offset < blob.size) yield* message.read(blob, offset);
  }
}

/** How much of each blob the host has: told one by one, wanted all together. */
class Offsets {
  readonly known: Promise<readonly number[]>;
  readonly #offsets: number[] = [];
  readonly #count: number;
  #resolve: (offsets: readonly number[]) => void = () => undefined;

  constructor(count: number) {
    this.#count = count;
    this.known = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    if (count === 0) this.give([]);
  }

  add(offset: number): void {
    this.#offsets.push(offset);
    if (this.#offsets.length === this.#count) this.give(this.#offsets);
  }

  give(offsets: readonly number[]): void {
    this.#resolve(offsets);
  }
}

const refuse = (host: string, notices: readonly Notice[]): void => {
  for (const notice of notices) {
    if (notice.kind === "hello") continue;
    throw new UserError(notice.kind === "fenced" ? "this run no longer holds the host" : "the host is held by another run", {
      exit: "locked",
      host,
      probably: notice.owner
        ? `it is held by ${notice.owner.trim()}`
        : "its lease was lost: the link was down for too long, or the host was restarted",
      hint: "wait until the other run has ended, then run the same command again",
    });
  }
};

/** Rejects as soon as the signal says so, whatever the promise does. */
const abortable = async <T>(promise: Promise<T>, signal: AbortSignal): Promise<T> => {
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
const end = async (transport: Transport, { shell, session }: Talk): Promise<void> => {
  const id = session();
  if (id !== undefined) {
    const signal = AbortSignal.timeout(10_000);
    const killer = await talk(transport, [base, killSession, `killsession ${quote(id)} -`].join("\n"), () => undefined, signal).catch(
      () => undefined,
    );
    killer?.shell.stdin.end();
    if (killer) await abortable(killer.finished, signal).catch(() => undefined);
  }
  shell.abandon();
};

const hold = async (transport: Transport, ticket: Ticket, owner: Owner, signal?: AbortSignal): Promise<Lease> => {
  const line = `${owner.user}@${owner.machine} (pid ${owner.pid}, ${owner.command}, run ${ticket.run})`;
  const script = [base, holdScript, `hold ${quote(ticket.run)} ${quote(line.replaceAll(/[\n\r]/g, " "))}`].join("\n");
  const first = Promise.withResolvers<Frame>();
  const started = await talk(transport, script, first.resolve, signal);
  const lost = Promise.withResolvers<string>();
  const beat = setInterval(() => started.shell.stdin.write("."), (leaseSeconds * 1000) / 3);
  beat.unref();
  const stop = (reason: string): void => {
    clearInterval(beat);
    lost.resolve(reason);
  };
  started.finished.then(
    () => stop("the lease ended"),
    (error: unknown) => stop(error instanceof Error ? error.message : String(error)),
  );
  const limit = AbortSignal.any([AbortSignal.timeout(90_000), ...(signal ? [signal] : [])]);
  const frame = await abortable(Promise.race([first.promise, started.finished.then(() => undefined)]), limit).catch(
    async (error: unknown) => {
      clearInterval(beat);
      await end(transport, started);
      throw error;
    },
  );
  if (frame === undefined || "notice" in frame || frame.record.state === "failed") {
    clearInterval(beat);
    if (frame && "notice" in frame) refuse(transport.name, [frame.notice]);
    const said = frame && "record" in frame ? frame.record.output.toString() : started.shell.stderrTail();
    throw new UserError("the host's lease could not be taken", { exit: "phase", host: transport.name, output: said });
  }
  return {
    lost: lost.promise,
    release: async () => {
      clearInterval(beat);
      started.shell.stdin.end();
      await abortable(started.finished, AbortSignal.timeout(10_000)).catch(() => started.shell.abandon());
    },
  };
};

import { once } from "node:events";
import type { Writable } from "node:stream";
import { type Compiled, compileAsk, compileBlobs, compileChanges, compileRun } from "../changes/compile.ts";
import type { Frame, Notice } from "../changes/frames.ts";
import type { Host, SendOptions } from "../changes/host.ts";
import type { BlobMessage, Message, Record, Reply } from "../changes/message.ts";
import { leaseSeconds } from "../changes/sh/hold.ts";
import { UserError } from "../shared/errors.ts";
import { gentle, stoppedOn } from "./gentle.ts";
import { holdLease } from "./lease.ts";
import { abortable, endTalk, refuse, type Talk, talk } from "./talk.ts";
import type { Transport } from "./transport.ts";

/** Milliseconds that a message may take unless it says otherwise. */
const defaultTimeout = 600_000;

/** How long a host is waited for. */
export interface Patience {
  /** Milliseconds for the change in flight once its run was told to stop. */
  readonly stopping: number;
  /** Seconds without a sign of life after which a lease ends by itself. */
  readonly lease: number;
}

const usualPatience: Patience = { stopping: 30_000, lease: leaseSeconds };

/** A host behind a transport that ends in a root shell: the one body for SSH and for this machine. */
export const shellHost = (transport: Transport, patience: Patience = usualPatience): Host => {
  const stopped = new Set<string>();
  return {
    name: transport.name,
    send: async (message, options = {}) => {
      const { signal, forget } = gentle(message, options.signal, (run) => stopped.has(run), patience.stopping);
      try {
        return await send(transport, message, { ...options, ...(signal && { signal }) });
      } finally {
        forget();
      }
    },
    hold: (ticket, owner, { signal } = {}) =>
      holdLease(transport, { ticket, owner, signal, seconds: patience.lease, onStop: () => void stopped.add(ticket.run) }),
    dial: (address, port, options) => transport.dial(address, port, options),
    ...(transport.crowded && { crowded: transport.crowded }),
    close: () => transport.close(),
  };
};

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
  // The time for a shell is not the message's: it may have to wait until another message has ended, and has limits of its own.
  const started = await talk(transport, script, onFrame, { signal: options.signal });
  const limited = AbortSignal.any([AbortSignal.timeout(timeout), ...(options.signal ? [options.signal] : [])]);
  const feeding = feed(started, message, contents, offsets, options, limited);
  try {
    await abortable(Promise.all([started.finished, feeding]), limited);
  } catch (error) {
    // A script that lives on after the source of its contents broke would wait for the rest of them.
    if (limited.aborted || !started.isOver()) await endTalk(transport, started);
    if (!limited.aborted) throw error;
    if (options.signal?.aborted) throw options.signal.reason;
    throw new UserError(`the host did not finish within ${Math.round(timeout / 1000)} s`, {
      exit: "phase",
      host: transport.name,
      output: started.shell.stderrTail(),
    });
  }
  refuse(transport.name, notices);
  if (notices.some(({ kind }) => kind === "stopped")) throw stoppedOn(transport.name);
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

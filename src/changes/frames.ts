import type { Record, RecordState } from "./message.ts";

/** What a script on a host says about itself rather than about a change. */
export type Notice =
  /** The session id of all that the message started. */
  | { readonly kind: "hello"; readonly session: string }
  /** The run was told to stop: what stands before this in the list is made, the rest was not begun. */
  | { readonly kind: "stopped" }
  /** Another run holds the lease, or another message of this run did not end. */
  | { readonly kind: "fenced" | "busy"; readonly owner: string };

export type Frame = { readonly record: Record } | { readonly notice: Notice };

const states: readonly RecordState[] = ["same", "differs", "changed", "failed", "answer"];

/**
 * Reads length-framed records from a stream that may hold anything else besides: what a login script prints, say. Only a line that begins
 * with the nonce counts, and the bytes it announces are taken as they are.
 */
export class FrameReader {
  readonly #marker: Buffer;
  #rest: Buffer = Buffer.alloc(0);

  constructor(nonce: string) {
    this.#marker = Buffer.from(`${nonce} `);
  }

  push(chunk: Uint8Array): Frame[] {
    this.#rest = this.#rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#rest, chunk]);
    const frames: Frame[] = [];
    for (;;) {
      const frame = this.#next();
      if (frame === undefined) return frames;
      frames.push(frame);
    }
  }

  #next(): Frame | undefined {
    const start = this.#rest.indexOf(this.#marker);
    if (start === -1) {
      // The marker itself may be cut in two.
      this.#rest = this.#rest.subarray(Math.max(0, this.#rest.length - this.#marker.length));
      return undefined;
    }
    const end = this.#rest.indexOf("\n", start);
    if (end === -1) return undefined;
    const [, index = "", state = "", code = "", length = ""] = this.#rest.toString("utf8", start, end).split(" ");
    const bodyEnd = end + 1 + Number(length);
    if (this.#rest.length < bodyEnd + 1) return undefined;
    const body = Buffer.from(this.#rest.subarray(end + 1, bodyEnd));
    this.#rest = this.#rest.subarray(bodyEnd + 1);
    return toFrame(Number(index), state, Number(code), body);
  }
}

const toFrame = (index: number, state: string, code: number, body: Buffer): Frame => {
  const known = states.find((candidate) => candidate === state);
  if (known) return { record: { index, state: known, code, output: body } };
  const text = body.toString();
  if (state === "hello") return { notice: { kind: "hello", session: text } };
  if (state === "stopped") return { notice: { kind: "stopped" } };
  return { notice: { kind: state === "busy" ? "busy" : "fenced", owner: text } };
};

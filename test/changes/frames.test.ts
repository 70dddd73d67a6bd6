import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { type Frame, FrameReader } from "../../src/changes/frames.ts";

const nonce = "00112233445566778899aabbccddeeff";

const frame = (index: number, state: string, code: number, body: string | Buffer): Buffer =>
  Buffer.concat([Buffer.from(`${nonce} ${index} ${state} ${code} ${Buffer.byteLength(body)}\n`), Buffer.from(body), Buffer.from("\n")]);

/** Reads a stream in pieces of this size. */
const readIn = (stream: Buffer, size: number): Frame[] => {
  const reader = new FrameReader(nonce);
  const frames: Frame[] = [];
  for (let at = 0; at < stream.length; at += size) frames.push(...reader.push(stream.subarray(at, at + size)));
  return frames;
};

const bodies = (frames: readonly Frame[]): (string | undefined)[] =>
  frames.map((read) => ("record" in read ? read.record.output.toString("latin1") : undefined));

describe("records", () => {
  const noise = randomBytes(3000);
  const stream = Buffer.concat([
    Buffer.from("Welcome to this host\nLast login: never\n"),
    frame(0, "hello", 0, "4711"),
    frame(0, "changed", 0, ""),
    Buffer.from("a line that a script printed past its records"),
    frame(1, "same", 0, noise),
    frame(2, "failed", 124, `${nonce} 9 changed 0 1\nx\n`),
    Buffer.from(nonce.slice(0, 20)),
    frame(3, "answer", 7, "žluťoučký 猫\n\n"),
  ]);

  test.each([1, 2, 3, 7, 33, 64, 1000, stream.length])("are read whole from pieces of %i bytes, among whatever else is printed", (size) => {
    const frames = readIn(stream, size);
    expect(frames[0]).toEqual({ notice: { kind: "hello", session: "4711" } });
    expect(frames.slice(1).map((read) => ("record" in read ? [read.record.index, read.record.state, read.record.code] : []))).toEqual([
      [0, "changed", 0],
      [1, "same", 0],
      [2, "failed", 124],
      [3, "answer", 7],
    ]);
    const [, , first, second, third] = bodies(frames);
    expect([first, second]).toEqual([noise.toString("latin1"), `${nonce} 9 changed 0 1\nx\n`]);
    expect(Buffer.from(third ?? "", "latin1").toString()).toBe("žluťoučký 猫\n\n");
  });

  test("of another message, under another nonce, are none", () => {
    const other = Buffer.from(frame(0, "changed", 0, "x").toString().replace(nonce, "f".repeat(32)));
    expect(readIn(other, 5)).toEqual([]);
  });

  test("that are cut are not told", () => {
    const whole = frame(0, "answer", 0, "all of it");
    for (let length = 0; length < whole.length; length++) expect(readIn(whole.subarray(0, length), 4)).toEqual([]);
    expect(readIn(whole, 4)).toHaveLength(1);
  });

  test("say who holds a host that turned a message away", () => {
    expect(readIn(Buffer.concat([frame(0, "fenced", 0, "alice"), frame(0, "busy", 0, "bob")]), 9)).toEqual([
      { notice: { kind: "fenced", owner: "alice" } },
      { notice: { kind: "busy", owner: "bob" } },
    ]);
  });
});

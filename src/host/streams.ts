import { Duplex, Readable, Writable } from "node:stream";

const ignore = (): void => undefined;

/**
 * Reads a stream that does not follow Node's rules for destroying (ssh2's channels do not), with its back-pressure. A little is read ahead,
 * so that the end of a stream with little in it is noticed though nobody reads.
 */
export const readingFrom = (source: Readable, count: (bytes: number) => void): Readable => {
  const target = new Readable({ read: () => void source.resume() });
  target.on("error", ignore); // told by other ways; an unheard error event would end the process
  source.on("data", (chunk: Buffer) => {
    count(chunk.length);
    if (!target.destroyed && !target.push(chunk)) source.pause();
  });
  source.once("end", () => {
    if (!target.destroyed) target.push(null);
  });
  return target;
};

/** Writes to such a stream; a write is done when the source has taken it. */
export const writingTo = (target: Writable, count: (bytes: number) => void): Writable => {
  const source = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      count(chunk.length);
      target.write(chunk, (error) => done(error));
    },
    final: (done) => {
      target.end();
      done();
    },
  });
  source.on("error", ignore);
  return source;
};

/** Resolves when a stream has given out all it had, or was destroyed. */
export const drained = (stream: Readable): Promise<void> =>
  new Promise((resolve) => {
    if (stream.closed) resolve();
    else stream.once("close", resolve);
  });

/** The two directions of a connection or a process. */
export interface Pair {
  readonly stdin: Writable;
  readonly stdout: Readable;
}

/** Both directions as one stream that behaves as a TCP socket does: when the other side has ended, so does this one. */
export const joined = ({ stdin, stdout }: Pair, onDestroy: () => void): Duplex => {
  const duplex = new Duplex({
    allowHalfOpen: false,
    read: () => void stdout.resume(),
    write: (chunk: Buffer, _encoding, done) => {
      stdin.write(chunk, (error) => done(error));
    },
    final: (done) => {
      stdin.end();
      done();
    },
    destroy: (error, done) => {
      stdin.destroy();
      stdout.destroy();
      onDestroy();
      done(error);
    },
  });
  duplex.on("error", ignore);
  stdout.pause();
  stdout.on("data", (chunk: Buffer) => {
    if (!duplex.push(chunk)) stdout.pause();
  });
  stdout.once("end", () => duplex.push(null));
  stdout.once("error", (error) => duplex.destroy(error));
  return duplex;
};

import { Duplex } from "node:stream";

const endOf = (peer: () => Duplex): Duplex => {
  const pass = (chunk: unknown, done: () => void): void => {
    setImmediate(() => {
      if (!peer().destroyed) peer().push(chunk);
      done();
    });
  };
  return new Duplex({
    read: () => undefined,
    write: (chunk, _encoding, done) => pass(chunk, done),
    final: (done) => pass(null, done),
    destroy: (error, done) => {
      setImmediate(() => peer().destroy());
      done(error);
    },
  });
};

/**
 * Two ends of a line in memory. What one end writes arrives in a later turn, as from a network: an HTTP/2 session that is handed its peer's answer
 * while it still writes breaks node itself.
 */
export const openLine = (): readonly [Duplex, Duplex] => {
  const near: Duplex = endOf(() => far);
  const far: Duplex = endOf(() => near);
  return [near, far];
};

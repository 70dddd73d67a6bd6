import { connect, type Socket } from "node:net";
import { Duplex } from "node:stream";

/** A stream to a local port which, like an SSH channel, is a Duplex and no socket. */
const channelOn = (socket: Socket, isFrozen: () => boolean): Duplex => {
  const channel = new Duplex({
    read: () => socket.resume(),
    write: (chunk, _encoding, done) => (isFrozen() ? undefined : socket.write(chunk, done)),
    final: (done) => socket.end(done),
    destroy: (error, done) => {
      socket.destroy();
      done(error);
    },
  });
  socket.on("data", (chunk) => channel.push(chunk) || socket.pause());
  socket.on("end", () => channel.push(null));
  socket.on("error", (error) => channel.destroy(error));
  socket.on("close", () => channel.destroy());
  return channel;
};

export interface Tunnels {
  readonly dial: (signal?: AbortSignal) => Promise<Duplex>;
  /** Every channel so far, oldest first. */
  readonly channels: readonly Duplex[];
  /** How many are open. */
  open(): number;
  /** Lets nothing more through what is open, without a word. */
  freeze(): void;
  /** Breaks what is open, as a lost connection does. */
  cut(): void;
}

/** Dials a local port and remembers each channel. */
export const tunnelsTo = (port: number): Tunnels => {
  const channels: Duplex[] = [];
  let frozen = 0;
  const dial = (signal?: AbortSignal): Promise<Duplex> =>
    new Promise((resolve, reject) => {
      const socket = connect({ port, host: "127.0.0.1", ...(signal ? { signal } : {}) });
      socket.once("error", reject);
      socket.once("connect", () => {
        const index = channels.length;
        const channel = channelOn(socket.setNoDelay(), () => index < frozen);
        channels.push(channel);
        resolve(channel);
      });
    });
  return {
    dial,
    channels,
    open: () => channels.filter((channel) => !channel.destroyed).length,
    freeze: () => (frozen = channels.length),
    cut: () => channels.forEach((channel) => channel.destroy()),
  };
};

import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "../support/random.ts";

/** Stands between kbs and a host's sshd, and passes everything on until it is told otherwise. */
export interface SshProxy {
  readonly port: number;
  /** Ends all connections as a firewall does that has lost its memory. */
  reset(): void;
  /** Changes one byte of what comes next. */
  garble(): void;
  /** For so many seconds only some bytes at a time come through, in pieces of any length. */
  slowDown(seconds: number): void;
  close(): Promise<void>;
}

/** Bytes of the largest piece, and milliseconds from one to the next, of a stream that trickles: about 32 KiB/s. */
const trickle = { bytes: 3200, every: 50 };

export const startProxy = async (address: string, next: Random, sshPort = 22): Promise<SshProxy> => {
  const sockets = new Set<Socket>();
  let garbling = false;
  let slowUntil = 0;

  const changed = (chunk: Buffer): Buffer => {
    if (!garbling) return chunk;
    garbling = false;
    const at = Math.floor(next() * chunk.length);
    chunk[at] = (chunk[at] ?? 0) ^ 0x01;
    return chunk;
  };

  /** All sizes of a piece occur; the stream's order stays. */
  const pass = async (from: Socket, to: Socket): Promise<void> => {
    try {
      for await (const whole of from) {
        let chunk: Buffer = changed(Buffer.from(whole));
        while (chunk.length > 0) {
          const slow = Date.now() < slowUntil;
          const piece = slow ? chunk.subarray(0, 1 + Math.floor(next() * trickle.bytes)) : chunk;
          chunk = chunk.subarray(piece.length);
          if (slow) await sleep(trickle.every);
          if (!to.write(piece)) await Promise.race([once(to, "drain"), once(to, "close")]);
        }
      }
      to.end();
    } catch {
      to.destroy();
    }
  };

  const server = createServer({ allowHalfOpen: true }, (client) => {
    const host = connect({ host: address, port: sshPort, allowHalfOpen: true });
    for (const socket of [client, host]) {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
      socket.on("error", () => {
        client.destroy();
        host.destroy();
      });
    }
    void pass(client, host);
    void pass(host, client);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new Error("a TCP server has an address with a port");
  const reset = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    port: bound.port,
    reset,
    garble: () => void (garbling = true),
    slowDown: (seconds) => void (slowUntil = Date.now() + seconds * 1000),
    close: async () => {
      reset();
      server.close();
      await once(server, "close");
    },
  };
};

import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../../shared/errors.ts";
import { createGate, type Gate } from "../gate.ts";
import { openTcp } from "../tcp.ts";
import { orAborted } from "../time-limit.ts";
import type { Hop } from "./hop.ts";
import { HungUp, logIn } from "./login.ts";
import { lostConnection, notConnected, timedOut } from "./login-errors.ts";
import { errorLevel, type SshClient } from "./ssh2.ts";
import type { SshOptions } from "./target.ts";

/** A log-in that is ready for channels. */
export interface Connection {
  readonly hop: Hop;
  readonly client: SshClient;
  /** Aborts with a UserError when the connection is gone, be it lost or closed. */
  readonly gone: AbortSignal;
  close(): Promise<void>;
}

/** How a hop is reached from the one before. */
export type Dial = (hop: Hop, signal?: AbortSignal) => Promise<Duplex>;

/** sshd drops by chance from the tenth log-in under way on (MaxStartups 10:30:100). */
const handshakesAtOnce = 8;
const tries = 3;
const handshakes = new Map<string, Gate>();

const gateTo = (address: string): Gate => {
  const gate = handshakes.get(address) ?? createGate(handshakesAtOnce);
  handshakes.set(address, gate);
  return gate;
};

/** The first hop: a TCP connection from this machine. */
export const dialTcp: Dial = async (hop, signal) => {
  try {
    return await openTcp(hop.address, hop.port, hop.connectTimeout, signal);
  } catch (error) {
    signal?.throwIfAborted();
    throw error instanceof Error && error.name !== "TimeoutError" ? notConnected(hop, error) : timedOut(hop, "the TCP connection");
  }
};

const tryOnce = async (hop: Hop, dial: Dial, options: SshOptions): Promise<SshClient> => {
  const leave = await gateTo(`${hop.hostKeys.lookUp} ${hop.address}:${hop.port}`).enter(options.signal);
  try {
    return await logIn(hop, await dial(hop, options.signal), options);
  } finally {
    leave();
  }
};

const tryAgain = async (hop: Hop, dial: Dial, options: SshOptions): Promise<SshClient> => {
  for (let count = 1; ; count++) {
    try {
      return await tryOnce(hop, dial, options);
    } catch (error) {
      if (!(error instanceof HungUp)) throw error;
      if (count === tries) throw error.cause;
      // Jitter, so that those who were dropped together do not come back together.
      const signal = options.signal === undefined ? {} : { signal: options.signal };
      await orAborted(sleep(count * (200 + Math.random() * 800), undefined, signal), options.signal);
    }
  }
};

const reasonOf = (error: Error): string => (errorLevel(error) === "client-timeout" ? "it no longer answers" : error.message);

/** @throws UserError exit "unreachable" */
export const openConnection = async (hop: Hop, dial: Dial, options: SshOptions): Promise<Connection> => {
  const client = await tryAgain(hop, dial, options);
  const gone = new AbortController();
  const closed = new Promise<void>((resolve) => client.once("close", resolve));
  const end = (reason: string): void => gone.abort(lostConnection(hop, reason));
  client.on("error", (error) => {
    if (errorLevel(error) !== "agent") end(reasonOf(error));
  });
  client.once("end", () => end("the other side closed it"));
  client.once("close", () => end("the other side closed it"));
  return {
    hop,
    client,
    gone: gone.signal,
    async close() {
      gone.abort(new UserError(`the SSH connection to ${hop.name} was closed`, { exit: "unreachable", host: hop.name }));
      client.end();
      await Promise.race([closed, sleep(1000, undefined, { ref: false })]);
      client.destroy();
    },
  };
};

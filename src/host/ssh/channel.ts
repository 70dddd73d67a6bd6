import type { Duplex } from "node:stream";
import { UserError } from "../../shared/errors.ts";
import type { Counts, Ended, Process } from "../process.ts";
import { drained, joined, type Pair, readingFrom, writingTo } from "../streams.ts";
import type { Connection } from "./connection.ts";
import type { SshChannel } from "./ssh2.ts";

/**
 * The two directions of a channel as well-behaved streams: both fail at once when the connection is gone. ssh2 alone would show a lost
 * connection as a clean end, and leave a write waiting for ever.
 */
const streamsOf = (channel: SshChannel, connection: Connection, counts: Counts): Pair => {
  counts.channels++;
  const stdout = readingFrom(channel, (bytes) => (counts.bytesReceived += bytes));
  const stdin = writingTo(channel, (bytes) => (counts.bytesSent += bytes));
  const fail = (): void => {
    const { reason } = connection.gone;
    for (const stream of [stdout, stdin]) stream.destroy(reason instanceof Error ? reason : new Error(String(reason)));
  };
  connection.gone.addEventListener("abort", fail, { once: true });
  channel.once("close", () => {
    connection.gone.removeEventListener("abort", fail);
    stdin.destroy();
  });
  return { stdin, stdout };
};

const endOf = (channel: SshChannel, connection: Connection): Promise<Ended> =>
  new Promise((resolve, reject) => {
    let ended: Ended | undefined;
    channel.once("exit", (code: number | null, signal?: string) => {
      ended = { code, signal: code === null ? (signal ?? null) : null };
    });
    const lost = (): void => reject(connection.gone.reason);
    connection.gone.addEventListener("abort", lost, { once: true });
    channel.once("close", () => {
      connection.gone.removeEventListener("abort", lost);
      const { name } = connection.hop;
      if (ended !== undefined) resolve(ended);
      else reject(new UserError(`${name} closed a session without saying how its command ended`, { exit: "unreachable", host: name }));
    });
  });

/** A command on an exec channel as a process. */
export const processOf = (channel: SshChannel, connection: Connection, counts: Counts): Process => {
  const closed = endOf(channel, connection);
  const { stdin, stdout } = streamsOf(channel, connection, counts);
  const stderr = readingFrom(channel.stderr, (bytes) => (counts.bytesReceived += bytes));
  const ended = closed.then((end) => drained(stderr).then(() => end));
  ended.catch(() => undefined); // whoever awaits it hears of it
  return {
    stdin,
    stdout,
    stderr,
    ended,
    abandon: () => {
      for (const stream of [stdin, stdout, stderr]) stream.destroy();
      channel.resume(); // what still comes must be taken, or the channel never closes
      channel.stderr.resume();
      channel.close();
    },
  };
};

/** A forwarded TCP connection as a socket-like stream. */
export const duplexOf = (channel: SshChannel, connection: Connection, counts: Counts): Duplex =>
  joined(streamsOf(channel, connection, counts), () => {
    channel.resume();
    channel.close();
  });

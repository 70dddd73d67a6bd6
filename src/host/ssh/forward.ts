import type { Duplex } from "node:stream";
import { UserError } from "../../shared/errors.ts";
import { quote } from "../../shared/quote.ts";
import type { Counts, Launch, Process } from "../process.ts";
import { joined } from "../streams.ts";
import { orAborted } from "../time-limit.ts";
import { duplexOf } from "./channel.ts";
import type { Connection } from "./connection.ts";
import { openFailure, type SshChannel } from "./ssh2.ts";

/** Milliseconds for the other end to answer. */
const dialTimeout = 30_000;

const failed = (connection: Connection, address: string, port: number, why: string, hint: string): UserError =>
  new UserError(`${connection.hop.name} cannot connect to ${address} port ${port}: ${why}`, {
    exit: "unreachable",
    host: connection.hop.name,
    hint,
  });

const late = (connection: Connection, address: string, port: number) =>
  failed(connection, address, port, `no answer within ${dialTimeout / 1000} s`, "is a firewall in between?");

/** Whether sshd forbids forwarding as such: AllowTcpForwarding, PermitOpen or DisableForwarding. */
export const isForbidden = (error: unknown): boolean => openFailure(error) === 1;

/**
 * A TCP connection by SSH's own forwarding.
 * @throws UserError when the connection was refused; ssh2's error, which `isForbidden` knows, when sshd forbids forwarding
 */
export const forward = async (
  connection: Connection,
  counts: Counts,
  address: string,
  port: number,
  signal?: AbortSignal,
): Promise<Duplex> => {
  connection.gone.throwIfAborted();
  const opened = new Promise<SshChannel>((resolve, reject) => {
    connection.client.forwardOut("127.0.0.1", 0, address, port, (error, channel) => (error ? reject(error) : resolve(channel)));
  });
  const limit = AbortSignal.timeout(dialTimeout);
  try {
    return duplexOf(await orAborted(opened, connection.gone, limit, signal), connection, counts);
  } catch (error) {
    opened.then((channel) => channel.close()).catch(() => undefined);
    if (error === limit.reason) throw late(connection, address, port);
    if (openFailure(error) === undefined || isForbidden(error)) throw error;
    const why = error instanceof Error ? error.message.replace("(SSH) Channel open failure: ", "") : String(error);
    throw failed(connection, address, port, why, "does anything listen there?");
  }
};

const socatTarget = (address: string, port: number): string => `${address.includes(":") ? `TCP6:[${address}]` : `TCP:${address}`}:${port}`;

const socatConnected = (process: Process): Promise<void> =>
  new Promise((resolve, reject) => {
    let said = "";
    process.stderr.on("data", (chunk: Buffer) => {
      if (said.length < 4096) said += chunk.toString();
      if (said.includes("starting data transfer loop")) resolve();
    });
    process.ended.then(
      ({ code }) => reject(new Error(code === 127 ? "socat is not installed" : (said.match(/E (.*)/)?.[1] ?? said.trim()))),
      reject,
    );
  });

/** A TCP connection by `socat` on the host, where sshd forbids forwarding. Two lines of notices (-d -d) tell when it is connected. */
export const dialBySocat = async (
  connection: Connection,
  launch: Launch,
  address: string,
  port: number,
  signal?: AbortSignal,
): Promise<Duplex> => {
  if (!/^[\w.:-]+$/.test(address)) throw new RangeError(`${JSON.stringify(address)} is no address`);
  const target = quote(`${socatTarget(address, port)},connect-timeout=${dialTimeout / 1000}`);
  const process = await launch(`exec socat -d -d -t 30 - ${target}`, { signal, lasts: true });
  const limit = AbortSignal.timeout(dialTimeout);
  try {
    await orAborted(socatConnected(process), connection.gone, limit, signal);
    return joined(process, process.abandon);
  } catch (error) {
    process.abandon();
    if (error === limit.reason) throw late(connection, address, port);
    if (signal?.aborted || connection.gone.aborted) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw failed(
      connection,
      address,
      port,
      why,
      "sshd there forbids forwarding, so kbs goes through socat: install it, or set AllowTcpForwarding yes",
    );
  }
};

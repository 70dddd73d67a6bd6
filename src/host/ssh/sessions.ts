import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../../shared/errors.ts";
import { createGate } from "../gate.ts";
import type { Counts, Launch, Process } from "../process.ts";
import { orAborted } from "../time-limit.ts";
import { processOf } from "./channel.ts";
import type { Connection } from "./connection.ts";
import { forLoginShell } from "./login-shell.ts";
import { openFailure, type SshChannel } from "./ssh2.ts";

/** sshd's own limit is 10 (MaxSessions); two are left for those which it has not yet counted as closed. */
const sessionsAtOnce = 8;
/** Milliseconds for sshd to start a command. A login shell with a slow start-up file counts later. */
const openTimeout = 30_000;
/** Milliseconds until an abandoned session counts as closed, whatever sshd says. */
const lingering = 5000;

const openChannel = async (connection: Connection, command: string, signal?: AbortSignal): Promise<SshChannel> => {
  const { client, gone, hop } = connection;
  gone.throwIfAborted();
  const opened = new Promise<SshChannel>((resolve, reject) => {
    client.exec(command, (error, channel) => (error ? reject(error) : resolve(channel)));
  });
  const limit = AbortSignal.timeout(openTimeout);
  try {
    return await orAborted(opened, gone, limit, signal);
  } catch (error) {
    opened.then((channel) => channel.close()).catch(() => undefined);
    if (error !== limit.reason) throw error;
    throw new UserError(`${hop.name} did not open a session within ${openTimeout / 1000} s`, {
      exit: "unreachable",
      host: hop.name,
      hint: "is it overloaded?",
    });
  }
};

const refused = (connection: Connection, error: unknown): UserError =>
  new UserError(`${connection.hop.name} opens no session for a command`, {
    exit: "unreachable",
    host: connection.hop.name,
    hint: "MaxSessions, ForceCommand and Match blocks in its sshd_config decide; journalctl -u ssh there says more",
    cause: error,
  });

/** Starts commands on a connection, at most so many at once as sshd takes. */
export const createSessions = (connection: Connection, counts: Counts): Launch => {
  const gate = createGate(sessionsAtOnce);

  const occupy = (process: Process, channel: SshChannel, leave: () => void): Process => {
    channel.once("close", leave);
    connection.gone.addEventListener("abort", leave, { once: true });
    return {
      ...process,
      abandon: () => {
        process.abandon();
        setTimeout(leave, lingering).unref();
      },
    };
  };

  return async (script, signal) => {
    const command = forLoginShell(script);
    for (let emptyTries = 0; ; ) {
      const leave = await gate.enter(signal === undefined ? connection.gone : AbortSignal.any([connection.gone, signal]));
      try {
        const channel = await openChannel(connection, command, signal);
        return occupy(processOf(channel, connection, counts), channel, leave);
      } catch (error) {
        leave();
        if (openFailure(error) === undefined && error instanceof UserError) throw error;
        signal?.throwIfAborted();
        if (openFailure(error) !== 2) throw refused(connection, error);
        // MaxSessions is smaller than our limit: wait until one of ours ends. With none of ours open, sshd may still be closing one.
        if (!gate.lower() && ++emptyTries > 3) throw refused(connection, error);
        if (gate.inside === 0) await orAborted(sleep(200), signal, connection.gone);
      }
    }
  };
};

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
/** Milliseconds for a session to become free: where there is one beside the lease, content may keep that for an hour. */
const freeTimeout = 3_600_000;
/** Milliseconds until an abandoned session counts as closed, whatever sshd says. */
const lingering = 5000;
/** How often a session is asked for before a refusal means that all are taken, and the milliseconds between: sshd counts one that was closed a little longer. */
const attempts = 4;
const attemptEvery = 200;

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

const openPatiently = async (connection: Connection, command: string, signal?: AbortSignal): Promise<SshChannel> => {
  for (let count = 1; ; count++) {
    try {
      return await openChannel(connection, command, signal);
    } catch (error) {
      if (openFailure(error) !== 2 || count === attempts) throw error;
      await orAborted(sleep(attemptEvery), signal, connection.gone);
    }
  }
};

const refused = (connection: Connection, error: unknown): UserError =>
  new UserError(`${connection.hop.name} opens no session for a command`, {
    exit: "unreachable",
    host: connection.hop.name,
    hint: "MaxSessions, ForceCommand and Match blocks in its sshd_config decide; journalctl -u ssh there says more",
    cause: error,
  });

/** What a run needs of sshd, and where that is said. */
const needed = "a run needs two at once, four on a control plane whose sshd forbids forwarding: raise MaxSessions in its sshd_config";

const tooFew = ({ hop: { name } }: Connection, count: number): UserError =>
  new UserError(`sshd on ${name} opens no session beside ${count === 1 ? "the one" : `the ${count}`} that a run keeps`, {
    exit: "unreachable",
    host: name,
    hint: needed,
  });

const noneFree = ({ hop: { name } }: Connection, within: number): UserError =>
  new UserError(`no session of sshd on ${name} became free within ${Math.round(within / 1000)} s`, {
    exit: "unreachable",
    host: name,
    hint: needed,
  });

interface Sessions {
  /** Starts commands on a connection, at most so many at once as sshd takes. */
  readonly launch: Launch;
  /** Aborts when sshd takes fewer at once than were wanted. */
  readonly crowded: AbortSignal;
}

interface Patience {
  /** Milliseconds for a session to become free. */
  readonly within?: number;
  /** Milliseconds until one more than sshd has just given is tried. Default: 30 s. */
  readonly tryAgain?: number;
}

export const createSessions = (connection: Connection, counts: Counts, { within = freeTimeout, tryAgain }: Patience = {}): Sessions => {
  const gate = createGate(sessionsAtOnce, tryAgain);
  const crowded = new AbortController();

  const enter = async (limit: AbortSignal, signal?: AbortSignal): Promise<() => void> => {
    try {
      return await gate.enter(AbortSignal.any([connection.gone, limit, ...(signal ? [signal] : [])]));
    } catch (error) {
      throw error === limit.reason ? noneFree(connection, within) : error;
    }
  };

  /** Those inside that nobody can wait for, by how they leave. */
  const lasting = new Set<() => void>();
  const staying = (leave: () => void): (() => void) => {
    lasting.add(leave);
    return () => {
      lasting.delete(leave);
      leave();
    };
  };

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

  const launch: Launch = async (script, { signal, lasts = false } = {}) => {
    const command = forLoginShell(script);
    const limit = AbortSignal.timeout(within);
    for (let emptyTries = 0; ; ) {
      const leave = await enter(limit, signal);
      try {
        const channel = await openPatiently(connection, command, signal);
        return occupy(processOf(channel, connection, counts), channel, lasts ? staying(leave) : leave);
      } catch (error) {
        leave();
        if (openFailure(error) === undefined && error instanceof UserError) throw error;
        signal?.throwIfAborted();
        if (openFailure(error) !== 2) throw refused(connection, error);
        // MaxSessions is smaller than our limit: wait until one of ours ends. Those which had them all may have ended by now.
        const taken = gate.lower();
        if (taken === lasting.size && ++emptyTries > 1) throw taken === 0 ? refused(connection, error) : tooFew(connection, taken);
        crowded.abort();
      }
    }
  };
  return { launch, crowded: crowded.signal };
};

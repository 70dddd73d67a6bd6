import type { Duplex } from "node:stream";
import { noCounts } from "../process.ts";
import { type RootAccess, startRootShell } from "../root-shell.ts";
import type { Transport } from "../transport.ts";
import { inTurn } from "./ask.ts";
import type { Connection } from "./connection.ts";
import { dialBySocat, forward, isForbidden } from "./forward.ts";
import { openRoute } from "./jumps.ts";
import { resolveRoute } from "./route.ts";
import { createSessions } from "./sessions.ts";
import { type SshOptions, type SshTarget, thisEnvironment } from "./target.ts";

/** Where sudo's password comes from: the configuration, else a person, who is asked once for all shells of the host. */
const sudoPassword = ({ name, sudoPassword, password }: SshTarget, user: string, options: SshOptions): RootAccess["password"] => {
  const known = sudoPassword ?? password;
  if (known !== undefined) return async () => known;
  const { prompt } = options;
  if (prompt === undefined) return undefined;
  let asked: Promise<string> | undefined;
  return () => (asked ??= prompt({ host: name, text: `[sudo] password for ${user} on ${name}: `, secret: true }));
};

const transportOf = (target: SshTarget, connection: Connection, options: SshOptions): Transport => {
  const counts = noCounts();
  const { launch, crowded } = createSessions(connection, counts);
  const { user } = connection.hop;
  const access: RootAccess = { host: target.name, user, password: sudoPassword(target, user, options), launch, memory: {} };
  let forwarding = true;

  const dial = async (address: string, port: number, signal?: AbortSignal): Promise<Duplex> => {
    if (forwarding) {
      try {
        return await forward(connection, counts, address, port, signal);
      } catch (error) {
        if (!isForbidden(error)) throw error;
        forwarding = false;
        options.log(`sshd on ${target.name} forbids forwarding: connections from there go through socat`);
      }
    }
    return dialBySocat(connection, launch, address, port, signal);
  };

  return {
    name: target.name,
    counts,
    crowded,
    start: (loader, how) => startRootShell(access, loader, how),
    dial: (address, port, { signal } = {}) => dial(address, port, signal),
    close: () => connection.close(),
  };
};

/**
 * Logs in to a machine by SSH, over jump hosts where there are any, with one connection that serves until `close`.
 * `options.signal` cancels the log-in; a connection that is ready is ended by `close`.
 * @throws UserError exit "unreachable", which says what was tried and what to do; exit "usage" for an ssh_config that cannot be read
 */
export const connectSsh = async (target: SshTarget, options: SshOptions): Promise<Transport> => {
  const asking = options.prompt === undefined ? options : { ...options, prompt: inTurn(options.prompt) };
  const route = resolveRoute(target, options.environment ?? thisEnvironment(), asking);
  return transportOf(target, await openRoute(route, asking), asking);
};

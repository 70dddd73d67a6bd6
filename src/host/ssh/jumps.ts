import { UserError } from "../../shared/errors.ts";
import { noCounts } from "../process.ts";
import { orAborted } from "../time-limit.ts";
import type { Connection, Dial } from "./connection.ts";
import { dialTcp, openConnection } from "./connection.ts";
import { forward, isForbidden } from "./forward.ts";
import type { Hop } from "./hop.ts";
import type { SshOptions } from "./target.ts";

/** A jump host's connection, shared by all targets behind it: a hundred nodes behind one bastion are one log-in there. */
interface Shared {
  readonly connection: Promise<Connection>;
  readonly stop: AbortController;
  users: number;
}

const jumps = new Map<string, Shared>();

/** Something to give back. */
interface Lease {
  readonly connection: Connection;
  readonly release: () => Promise<void>;
}

const keyOf = (hops: readonly Hop[]): string => JSON.stringify(hops);

const through =
  (before: Connection): Dial =>
  async (hop, signal) => {
    try {
      return await forward(before, noCounts(), hop.address, hop.port, signal);
    } catch (error) {
      if (!isForbidden(error)) throw error;
      throw new UserError(`${before.hop.name} does not let ${hop.name} be reached through it`, {
        exit: "unreachable",
        host: before.hop.name,
        hint: "set AllowTcpForwarding yes in its sshd_config (PermitOpen may limit it, too)",
        cause: error,
      });
    }
  };

const open = async (hops: readonly Hop[], options: SshOptions): Promise<Lease> => {
  const last = hops.at(-1);
  if (last === undefined) throw new RangeError("a route has at least one hop");
  const before = hops.length > 1 ? await lease(hops.slice(0, -1), options) : undefined;
  try {
    const connection = await openConnection(last, before === undefined ? dialTcp : through(before.connection), options);
    return {
      connection,
      release: async () => {
        await connection.close();
        await before?.release();
      },
    };
  } catch (error) {
    await before?.release();
    throw error;
  }
};

const share = (key: string, hops: readonly Hop[], options: SshOptions): Shared => {
  const stop = new AbortController();
  const opening = open(hops, { ...options, signal: stop.signal });
  const connection = opening.then(({ connection }) => {
    connection.gone.addEventListener("abort", () => jumps.get(key) === shared && jumps.delete(key), { once: true });
    return connection;
  });
  const shared: Shared = { connection, stop, users: 0 };
  stop.signal.addEventListener("abort", () => {
    if (jumps.get(key) === shared) jumps.delete(key);
    opening.then((made) => made.release()).catch(() => undefined);
  });
  connection.catch(() => {
    if (jumps.get(key) === shared) jumps.delete(key);
  });
  jumps.set(key, shared);
  return shared;
};

const lease = async (hops: readonly Hop[], options: SshOptions): Promise<Lease> => {
  const key = keyOf(hops);
  const shared = jumps.get(key) ?? share(key, hops, options);
  shared.users++;
  const release = async (): Promise<void> => {
    if (--shared.users === 0) shared.stop.abort();
  };
  try {
    return { connection: await orAborted(shared.connection, options.signal), release };
  } catch (error) {
    await release();
    throw error;
  }
};

/** Logs in to the last hop of a route, over those before it. Its `close` lets go of them, too. */
export const openRoute = async (hops: readonly Hop[], options: SshOptions): Promise<Connection> => {
  const { connection, release } = await open(hops, options);
  return { ...connection, close: release };
};

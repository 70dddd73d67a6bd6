import { hostname, userInfo } from "node:os";
import type { Host, Lease } from "../changes/host.ts";
import type { Ticket } from "../changes/message.ts";
import type { ClusterHost } from "../config/types.ts";
import { UserError } from "../shared/errors.ts";

/** The leases of a run on all its hosts. */
interface Leases {
  readonly release: () => Promise<void>;
}

/**
 * Takes the leases of all hosts or of none. The first one, the first control plane's, is the arbiter: of two operators who race, whoever has it
 * goes on, so one of them always does.
 * @param onLost called with the host and the reason if a lease is lost before it was released.
 * @throws UserError exit "locked", which says who holds the host.
 */
const takeLeases = async (
  doors: readonly Host[],
  ticket: Ticket,
  command: string,
  signal: AbortSignal,
  onLost: (host: string, reason: string) => void,
): Promise<Leases> => {
  const owner = { user: userInfo().username, machine: hostname(), pid: process.pid, command };
  const held: Lease[] = [];
  let released = false;
  const take = async (door: Host): Promise<void> => {
    const lease = await door.hold(ticket, owner, { signal });
    held.push(lease);
    const watch = async (): Promise<void> => {
      const reason = await lease.lost;
      if (!released) onLost(door.name, reason);
    };
    void watch();
  };
  const release = async (): Promise<void> => {
    released = true;
    await Promise.allSettled(held.map((lease) => lease.release()));
  };
  const [arbiter, ...others] = doors;
  try {
    if (arbiter) await take(arbiter);
    const taken = await Promise.allSettled(others.map(take));
    const refused = taken.find((result) => result.status === "rejected");
    if (refused) throw refused.reason;
    return { release };
  } catch (error) {
    await release();
    throw error;
  }
};

/** Hosts in the order in which their doors are taken. */
export const arbiterFirst = (hosts: readonly ClusterHost[]): readonly string[] =>
  hosts.toSorted((a, b) => Number(b.roles.includes("control-plane")) - Number(a.roles.includes("control-plane"))).map(({ name }) => name);

const lostLease = (host: string, reason: string): UserError =>
  new UserError("the lease of the host was lost, so nothing more is changed", {
    exit: "unreachable",
    host,
    probably: reason,
    hint: "see whether the host is up and reachable, then run the same command again: it goes on where this run stopped",
  });

/**
 * Does work under the leases of its hosts, the arbiter's door first. A lease that is lost aborts the work's signal.
 * @throws UserError exit "locked" before any work; "unreachable" when a lease was lost; what the work throws
 */
export const withLeases = async <T>(
  doors: readonly Host[],
  ticket: Ticket,
  options: { readonly command: string; readonly signal: AbortSignal },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const leases = await takeLeases(doors, ticket, options.command, signal, (host, reason) => stop.abort(lostLease(host, reason)));
  try {
    const result = await work(signal);
    stop.signal.throwIfAborted();
    return result;
  } finally {
    await leases.release();
  }
};

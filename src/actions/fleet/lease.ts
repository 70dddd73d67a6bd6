import { hostname, userInfo } from "node:os";
import type { Host, Lease, Owner, RunEnd } from "../../changes/host.ts";
import type { Ticket } from "../../changes/message.ts";
import { isControlPlane } from "../../config/roles.ts";
import type { ClusterHost } from "../../config/types.ts";
import { type ExitName, UserError } from "../../shared/errors.ts";
import { version } from "../../shared/version.ts";

/** The leases of a run on all its hosts. */
interface Leases {
  /** Lets no further change begin on any of the hosts. */
  readonly stop: () => void;
  readonly release: (end?: RunEnd) => Promise<void>;
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
  owner: Owner,
  signal: AbortSignal,
  onLost: (host: string, reason: string) => void,
): Promise<Leases> => {
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
  const release = async (end?: RunEnd): Promise<void> => {
    released = true;
    await Promise.allSettled(held.map((lease) => lease.release(end)));
  };
  const stop = (): void => held.forEach((lease) => lease.stop());
  const [arbiter, ...others] = doors;
  try {
    if (arbiter) await take(arbiter);
    const taken = await Promise.allSettled(others.map(take));
    const refused = taken.find((result) => result.status === "rejected");
    if (refused) throw refused.reason;
    return { stop, release };
  } catch (error) {
    await release();
    throw error;
  }
};

/** Hosts in the order in which their doors are taken. */
export const arbiterFirst = (hosts: readonly ClusterHost[]): readonly string[] =>
  hosts.toSorted((a, b) => Number(isControlPlane(b)) - Number(isControlPlane(a))).map(({ name }) => name);

const lostLease = (host: string, reason: string): UserError =>
  new UserError("the lease of the host was lost, so nothing more is changed", {
    exit: "unreachable",
    host,
    probably: reason,
    hint: "see whether the host is up and reachable, then run the same command again: it goes on where this run stopped",
  });

interface LeaseOptions {
  /** As typed. */
  readonly command: string;
  /** Stops the run: no change is begun any more, and what is in flight is finished. */
  readonly signal: AbortSignal;
  /** `sha256:<hex>` of the saved plan that is carried out. */
  readonly plan?: string;
}

const ownerOf = ({ command, plan }: LeaseOptions): Owner => {
  const us = { user: userInfo().username, machine: hostname(), pid: process.pid, command, version };
  return plan === undefined ? us : { ...us, plan };
};

/**
 * Does work under the leases of its hosts, the arbiter's door first. The arbiter's, when it is lost, aborts the work's signal; so does `options.signal`,
 * after it has told the hosts to begin nothing more. How it ended goes into the journals.
 * @throws UserError exit "locked" before any work; "unreachable" when a lease was lost; what the work throws
 */
export const withLeases = async <T extends { readonly exit: ExitName }>(
  doors: readonly Host[],
  ticket: Ticket,
  options: LeaseOptions,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  const loss = new AbortController();
  const signal = AbortSignal.any([options.signal, loss.signal]);
  // Without the arbiter's another run may begin. Any other host turns this run's messages away by itself, and is lost to it alone.
  const onLost = (host: string, reason: string): void => {
    if (host === doors[0]?.name) loss.abort(lostLease(host, reason));
  };
  const leases = await takeLeases(doors, ticket, ownerOf(options), signal, onLost);
  const stop = (): void => leases.stop();
  options.signal.addEventListener("abort", stop, { once: true });
  let end: RunEnd = "failed";
  try {
    options.signal.throwIfAborted();
    const result = await work(signal);
    loss.signal.throwIfAborted();
    if (result.exit === "done") end = "done";
    return result;
  } finally {
    options.signal.removeEventListener("abort", stop);
    await leases.release(options.signal.aborted && end !== "done" ? "interrupted" : end);
  }
};

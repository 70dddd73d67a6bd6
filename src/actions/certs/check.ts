import type { Host } from "../../changes/host.ts";
import type { ClusterHost } from "../../config/types.ts";
import { certificates, isCa } from "../../pki/table.ts";
import { connectFleet } from "../fleet/connect.ts";
import { refuseOrdinaryUser } from "../fleet/here.ts";
import type { ActionOutcome } from "../options.ts";
import { worstExit } from "../outcome.ts";
import { onEachHost } from "../told-phase.ts";
import { type Ends, endsOf } from "./ends.ts";
import { type CertsOptions, lookAt, type Place, targetOf } from "./look-at.ts";
import { type ServedCertificate, servedBy } from "./served.ts";

/** The certificates of one control plane: on disk, and as its components present them. */
export interface HostCertificates extends Ends {
  readonly host: string;
  readonly served: readonly ServedCertificate[];
}

export interface Checked {
  readonly outcome: ActionOutcome;
  /** In the order of the file. */
  readonly hosts: readonly HostCertificates[];
  /** What is not as it should be, a sentence each. */
  readonly problems: readonly string[];
}

/** @throws UserError for a host that is no control plane */
const check = async (host: ClusterHost, door: Host, of: Place, signal: AbortSignal): Promise<HostCertificates> => {
  const { files, listening, localEtcd } = await lookAt(host, door, of, signal);
  const { folder } = of;
  return { host: host.name, ...endsOf(files, localEtcd, folder), served: await servedBy(door, listening, { files, folder }, signal) };
};

const authorityNames: ReadonlySet<string> = new Set(certificates.filter(isCa).map(({ name }) => name));

/** One that a component has made for itself is verified by nobody: a kubelet's, say, which it makes once for a year and goes on presenting. */
const isVerified = ({ file, signedBy = "" }: ServedCertificate): boolean => file !== undefined || authorityNames.has(signedBy);

/** What a person must know of one host. */
const problemsOf = ({ certificates: leaves, authorities, served }: HostCertificates, now: Date): readonly string[] => [
  ...[...leaves, ...authorities].flatMap(({ name, expires, problem }) => [
    ...(problem === undefined ? [] : [problem]),
    ...(expires !== undefined && expires <= now ? [`${name} has expired`] : []),
  ]),
  ...served.flatMap(({ problem }) => problem ?? []),
  ...served
    .filter(isVerified)
    .flatMap(({ component, expires }) => (expires !== undefined && expires <= now ? [`${component} presents an expired certificate`] : [])),
];

/**
 * When the certificates of control planes end, on disk and on the wire. Changes nothing. Exit "phase" when one has expired, cannot be read, or
 * is not what its component presents; "unreachable" when a host did not answer.
 */
export const checkExpiration = async (options: CertsOptions & { readonly isRoot: boolean }): Promise<Checked> => {
  if (options.here) refuseOrdinaryUser(options.isRoot, "certs check-expiration", options.command, "reads files of root's");
  const { cluster, hosts } = await targetOf(options);
  const fleet = await connectFleet(hosts, options);
  try {
    const told = new Map<string, HostCertificates>();
    const reached = hosts.filter(({ name }) => fleet.doors.has(name));
    const unanswered = await onEachHost(reached, { phase: "read-certificates", title: "Read certificates" }, options, async (host) => {
      const door = fleet.doors.get(host.name);
      if (door) told.set(host.name, await check(host, door, { cluster: cluster?.name, folder: options.folder }, options.signal));
    });
    const failures = [...fleet.failures.values(), ...unanswered.values()];
    const found = hosts.flatMap(({ name }) => told.get(name) ?? []);
    if (found.length === 0 && failures[0]) throw failures[0];
    const now = new Date();
    const problems = found.flatMap((one) =>
      problemsOf(one, now).map((sentence) => (hosts.length > 1 ? `${one.host}: ${sentence}` : sentence)),
    );
    const exit = worstExit([...failures.map((error) => error.exit), problems.length > 0 ? "phase" : "done"]);
    return { outcome: { exit, changed: 0, next: [] }, hosts: found, problems };
  } finally {
    await fleet.close();
  }
};

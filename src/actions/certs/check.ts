import type { Host } from "../../changes/host.ts";
import { isControlPlane } from "../../config/roles.ts";
import type { ClusterHost } from "../../config/types.ts";
import { pkiFiles, readFact } from "../../facts/index.ts";
import { kubeletCertificates } from "../../facts/kubelet-certificates.ts";
import { ownership } from "../../facts/ownership.ts";
import { UserError } from "../../shared/errors.ts";
import { connectFleet } from "../connect.ts";
import { thisMachine } from "../here.ts";
import type { ActionOutcome, FleetOptions } from "../options.ts";
import { worstExit } from "../outcome.ts";
import { chosenNames, readCluster } from "../survey.ts";
import { onEachHost } from "../told-phase.ts";
import { type Ends, endsOf, type Files } from "./ends.ts";
import { type Listener, listeners } from "./listeners.ts";
import { type ServedCertificate, servedBy } from "./served.ts";

export interface CheckOptions extends FleetOptions {
  /** This machine, whatever a configuration says. */
  readonly here: boolean;
}

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

const questions = [ownership.question, pkiFiles.question, kubeletCertificates.question, listeners.question];

/** Where the kubelet keeps the certificate that it makes or fetches for itself, unless it was told a file. */
const kubeletFile = "/var/lib/kubelet/pki";
const withKubelet = (all: readonly Listener[], serving: string | undefined): readonly Listener[] =>
  all.map((listener) => (listener.component === "kubelet" && serving !== undefined ? { file: kubeletFile, ...listener } : listener));

const ask = async (name: string, door: Host, cluster: string | undefined, signal: AbortSignal): Promise<HostCertificates> => {
  const { records } = await door.send({ kind: "ask", questions }, { signal, timeout: 60_000 });
  const owner = readFact(ownership, questions, records);
  if (cluster !== undefined && owner && owner.name !== cluster)
    throw new UserError(`this host belongs to the cluster ${owner.name}, not to ${cluster}`, { exit: "preflight", host: name });
  const found = readFact(pkiFiles, questions, records);
  const listening = readFact(listeners, questions, records);
  if (found === undefined || listening === undefined)
    throw new UserError("the files below /etc/kubernetes could not be read", { exit: "unreachable", host: name, hint: "run again" });
  const { localEtcd, all } = listening;
  if (found.size === 0 && !all.some(({ component }) => component !== "kubelet"))
    throw new UserError("there is no control plane here: nothing is below /etc/kubernetes/pki", {
      exit: "preflight",
      host: name,
      hint: "type this on a control plane, or name a configuration by -f FILE",
    });
  const serving = readFact(kubeletCertificates, questions, records)?.serving;
  const files: Files = new Map([
    ...[...found].map(([path, { content }]) => [path, content] as const),
    ...(serving === undefined ? [] : [[kubeletFile, Buffer.from(serving)] as const]),
  ]);
  const served = await servedBy(door, withKubelet(all, serving), files, signal);
  return { host: name, ...endsOf(files, localEtcd), served };
};

interface Target {
  /** Absent: that of this machine, whichever it is. */
  readonly cluster?: string;
  readonly hosts: readonly ClusterHost[];
}

const targetOf = async (options: CheckOptions): Promise<Target> => {
  if (options.here) return { hosts: [thisMachine()] };
  const cluster = await readCluster(options);
  const chosen = chosenNames(cluster, options.limit);
  const hosts = cluster.hosts.filter((host) => isControlPlane(host) && chosen.has(host.name));
  if (hosts.length > 0) return { cluster: cluster.name, hosts };
  throw new UserError(`none of these hosts is a control plane: ${[...chosen].join(", ")}`, {
    hint: "certificates of a cluster are on its control planes",
  });
};

/** What a person must know of one host. */
const problemsOf = ({ certificates, authorities, served }: HostCertificates, now: Date): readonly string[] => [
  ...[...certificates, ...authorities].flatMap(({ name, expires, problem }) => [
    ...(problem === undefined ? [] : [problem]),
    ...(expires !== undefined && expires <= now ? [`${name} has expired`] : []),
  ]),
  ...served.flatMap(({ problem }) => problem ?? []),
  ...served.flatMap(({ component, expires }) =>
    expires !== undefined && expires <= now ? [`${component} presents an expired certificate`] : [],
  ),
];

/**
 * When the certificates of control planes end, on disk and on the wire. Changes nothing. Exit "phase" when one has expired, cannot be read, or
 * is not what its component presents; "unreachable" when a host did not answer.
 */
export const checkExpiration = async (options: CheckOptions): Promise<Checked> => {
  const { cluster, hosts } = await targetOf(options);
  const fleet = await connectFleet(hosts, options);
  try {
    const told = new Map<string, HostCertificates>();
    const reached = hosts.filter(({ name }) => fleet.doors.has(name));
    const unanswered = await onEachHost(reached, { phase: "read-certificates", title: "Read certificates" }, options, async ({ name }) => {
      const door = fleet.doors.get(name);
      if (door) told.set(name, await ask(name, door, cluster, options.signal));
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

import type { Host } from "../../changes/host.ts";
import { isControlPlane } from "../../config/roles.ts";
import type { Cluster, ClusterHost } from "../../config/types.ts";
import { pkiFilesIn, readFact } from "../../facts/index.ts";
import { kubeletCertificates } from "../../facts/kubelet-certificates.ts";
import { type Owner, ownership } from "../../facts/ownership.ts";
import { certificatesIn } from "../../pki/pem.ts";
import { UserError } from "../../shared/errors.ts";
import { pki } from "../../templates/paths.ts";
import { thisMachine } from "../fleet/here.ts";
import type { FleetOptions } from "../options.ts";
import { chosenNames, readCluster } from "../survey.ts";
import type { Files } from "./ends.ts";
import { type Listener, listeners } from "./listeners.ts";

/** Whose certificates are meant. */
export interface CertsOptions extends FleetOptions {
  /** Those of this machine, whatever a configuration says. */
  readonly here: boolean;
  /** Where certificates are; absent: in kubeadm's folder. */
  readonly folder?: string | undefined;
}

/** What a control plane has, before anything is changed. */
export interface Found {
  /** The cluster of kbs that the host belongs to. */
  readonly owner: Owner | undefined;
  readonly files: Files;
  readonly listening: readonly Listener[];
  readonly localEtcd: boolean;
  /** As the kubelet calls itself. */
  readonly node: string;
}

/** Where control planes are looked at. */
export interface Place extends Pick<CertsOptions, "folder"> {
  /** Name of the cluster that a host must be of; any where nothing is said. */
  readonly cluster?: string | undefined;
}

/** Where the kubelet keeps the certificate that it makes or fetches for itself, unless it was told a file. */
const kubeletFile = "/var/lib/kubelet/pki";
const withKubelet = (all: readonly Listener[], serving: string | undefined): readonly Listener[] =>
  all.map((listener) => (listener.component === "kubelet" && serving !== undefined ? { file: kubeletFile, ...listener } : listener));

/** By the certificate of its kubelet; the host's name where there is none. */
const nodeOf = (client: string | undefined, name: string): string => {
  const [certificate] = certificatesIn(client ?? "");
  return /CN=system:node:(\S+)/.exec(certificate?.subject ?? "")?.[1] ?? name.toLowerCase();
};

/**
 * Reads a control plane's certificates, and where its components serve.
 * @throws UserError for a host that is no control plane, or of another cluster
 */
export const lookAt = async ({ name }: ClusterHost, door: Host, { cluster, folder = pki }: Place, signal: AbortSignal): Promise<Found> => {
  const pkiFiles = pkiFilesIn(folder);
  const questions = [ownership.question, pkiFiles.question, kubeletCertificates.question, listeners.question];
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
    throw new UserError(`there is no control plane here: nothing is below ${folder}`, {
      exit: "preflight",
      host: name,
      hint: "type this on a control plane, or name a configuration by -f FILE",
    });
  const kubelet = readFact(kubeletCertificates, questions, records);
  const serving = kubelet?.serving;
  const files: Files = new Map([
    ...[...found].map(([path, { content }]) => [path, content] as const),
    ...(serving === undefined ? [] : [[kubeletFile, Buffer.from(serving)] as const]),
  ]);
  return { owner, files, listening: withKubelet(all, serving), localEtcd, node: nodeOf(kubelet?.client, name) };
};

interface Target {
  /** Absent: that of this machine, whichever it is. */
  readonly cluster?: Cluster;
  readonly hosts: readonly ClusterHost[];
}

/** The control planes that are meant. @throws UserError where none is */
export const targetOf = async (options: CertsOptions): Promise<Target> => {
  if (options.here) return { hosts: [thisMachine()] };
  const cluster = await readCluster(options);
  const chosen = chosenNames(cluster, options.limit);
  const hosts = cluster.hosts.filter((host) => isControlPlane(host) && chosen.has(host.name));
  if (hosts.length > 0) return { cluster, hosts };
  throw new UserError(`none of these hosts is a control plane: ${[...chosen].join(", ")}`, {
    hint: "certificates of a cluster are on its control planes",
  });
};

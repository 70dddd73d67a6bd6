import { isEtcdHost } from "../../config/roles.ts";
import type { Cluster, ClusterHost } from "../../config/types.ts";
import type { PkiFilesFact } from "../../facts/index.ts";
import type { KubeletCertificatesFact } from "../../facts/kubelet-certificates.ts";
import { readKubeconfig } from "../../pki/kubeconfig/kubeconfig.ts";
import { certificatesIn } from "../../pki/pem.ts";
import { certificatePath, certificates, kubeconfigDirectory, pkiDirectory, pkiPaths } from "../../pki/table.ts";
import type { Survey } from "../survey.ts";
import type { CertificateStatus, HostStatus } from "./types.ts";

const dayMs = 24 * 60 * 60 * 1000;

/** Services without which a node is none, or an etcd host. */
const unitsOf = ({ runtime }: Cluster, host: ClusterHost): readonly string[] =>
  isEtcdHost(host) ? ["etcd"] : [runtime.name === "cri-o" ? "crio" : "containerd", "kubelet"];

const hostStatus = (host: ClusterHost, { cluster, facts, failures }: Pick<Survey, "cluster" | "facts" | "failures">): HostStatus => {
  const { name, address } = host;
  const known = facts.get(name);
  if (!known) return { name, address, reachable: false, problem: failures.get(name)?.message ?? "it gave no answer", units: [] };
  const units = unitsOf(cluster, host).map((unit) => {
    const { load, active } = known.systemd.units[unit] ?? { load: "not-found", active: "" };
    return { name: unit, state: load === "not-found" ? load : active };
  });
  return { name, address, reachable: true, ...(known.ownership && { clusterId: known.ownership.id }), units };
};

/** Every host that was asked, in the order of the file. */
export const hostStatuses = (found: Pick<Survey, "cluster" | "facts" | "failures">): readonly HostStatus[] =>
  found.cluster.hosts.filter(({ name }) => found.facts.has(name) || found.failures.has(name)).map((host) => hostStatus(host, found));

/** What a host itself has to wait for; that it is no node of a cluster yet is said once, not for each of its units. */
export const hostWaits = ({ name, reachable, problem, clusterId, units }: HostStatus): readonly string[] => {
  // Some of these sentences name the host themselves.
  if (!reachable) return [problem?.startsWith(`${name} `) ? `host ${problem}` : `host ${name} is not reachable: ${problem}`];
  if (clusterId === undefined && units.every(({ state }) => state === "not-found")) return [`host ${name} is not set up yet`];
  return units.filter(({ state }) => state !== "active").map((unit) => `${unit.name} on host ${name} is ${unit.state || "unknown"}`);
};

/** Hosts that carry the id of another cluster: what they say is no word about this one. */
export const strangers = ({ cluster, facts, clusterId }: Pick<Survey, "cluster" | "facts" | "clusterId">): readonly string[] =>
  [...facts].flatMap(([name, { ownership }]) =>
    ownership && ownership.id !== clusterId
      ? [`host ${name} belongs to another cluster, ${ownership.name} (${ownership.id}), not to ${cluster.name}`]
      : [],
  );

/** How the certificate table calls a file; its path below the folder where the table does not know it. */
const nameOf = (path: string): string =>
  certificates.find((row) => certificatePath(row) === path)?.name ??
  [pkiDirectory, kubeconfigDirectory].filter((folder) => path.startsWith(`${folder}/`)).map((folder) => path.slice(folder.length + 1))[0] ??
  path;

/** Its place in the certificate table; what the table does not know comes last. */
const placeOf = (path: string): number => (pkiPaths.includes(path) ? pkiPaths.indexOf(path) : pkiPaths.length);

/** The certificate that a file is about, in PEM; undefined for a key, and for a kubeconfig that only names another file. */
const pemOf = (path: string, content: Buffer): string | undefined => {
  if (path.endsWith(".conf")) return readKubeconfig(content.toString())?.clientCertificate;
  return path.endsWith(".crt") ? content.toString() : undefined;
};

const ends = (host: string, name: string, pem: string | undefined, now: Date): readonly CertificateStatus[] => {
  // Behind the first come older CAs, or the intermediates of a chain.
  const [certificate] = certificatesIn(pem ?? "");
  if (!certificate) return [];
  const { validToDate } = certificate;
  return [{ name, host, expires: validToDate.toISOString(), daysLeft: Math.floor((validToDate.getTime() - now.getTime()) / dayMs) }];
};

/** When the certificates of one host end: those of its PKI and kubeconfigs, and the kubelet's own. */
export const certificateStatuses = (
  host: string,
  {
    pki,
    kubelet,
    now,
  }: { readonly pki?: PkiFilesFact | undefined; readonly kubelet?: KubeletCertificatesFact | undefined; readonly now: Date },
): readonly CertificateStatus[] => [
  ...[...(pki ?? [])]
    .toSorted(([a], [b]) => placeOf(a) - placeOf(b))
    .flatMap(([path, { content }]) => ends(host, nameOf(path), pemOf(path, content), now)),
  ...ends(host, "kubelet-client", kubelet?.client, now),
  ...ends(host, "kubelet-serving", kubelet?.serving, now),
];

import type { X509Certificate } from "node:crypto";
import type { Cluster } from "../config/types.ts";
import { certificatePath, certificates, certificatesWithoutEtcd, isLeaf, kubeconfigPath, kubeconfigs } from "../pki/table.ts";
import { rotatedClient } from "../templates/kubelet/kubeconfig.ts";
import type { HostEvidence } from "./evidence.ts";

/** A certificate of the cluster's own: one of its CAs, or what these should have signed. */
interface OwnCertificate {
  readonly path: string;
  readonly leaf: X509Certificate;
  /** Those that follow it in its file. */
  readonly between: readonly X509Certificate[];
  /** Path of the CA that its readers trust; absent for a CA. */
  readonly ca?: string | undefined;
}

const paths = new Map<string, string>(certificates.map((row) => [row.name, certificatePath(row)]));

/** Each path to that of its CA. */
const authorities = ({ etcd }: Pick<Cluster, "etcd">): ReadonlyMap<string, string | undefined> => {
  const rows = etcd.mode === "external" ? certificatesWithoutEtcd : certificates;
  const clients = [rotatedClient, ...kubeconfigs.map(kubeconfigPath)];
  return new Map([
    ...rows.map((row) => [certificatePath(row), isLeaf(row) ? paths.get(row.ca) : undefined] as const),
    ...clients.map((path) => [path, paths.get("ca")] as const),
  ]);
};

/**
 * What rules may judge: kubeadm's table, the kubeconfigs, and the kubelet's client. Whatever else lies beside them is its owner's, who alone knows who
 * reads it: CAs of log-ins and webhooks, certificates for other names, all by which an external etcd is reached. So is kubelet.crt, by which a kubelet
 * serves that asks the cluster for none: it makes that once for a year, and nobody verifies it.
 */
export const ownCertificates = ({ certificates: { files } }: HostEvidence, cluster: Pick<Cluster, "etcd">): readonly OwnCertificate[] =>
  [...authorities(cluster)].flatMap(([path, ca]) => {
    const [leaf, ...between] = files.get(path) ?? [];
    return leaf === undefined ? [] : [{ path, leaf, between, ca }];
  });

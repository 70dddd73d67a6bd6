import type { X509Certificate } from "node:crypto";
import { readKubeconfig } from "../../pki/kubeconfig/kubeconfig.ts";
import { certificatesIn } from "../../pki/pem.ts";
import * as table from "../../pki/table.ts";

/** When a certificate on disk ends, as kubeadm tells it. */
export interface CertificateEnd {
  /** kubeadm's name: `apiserver`, `etcd-ca`, `admin.conf`, … */
  readonly name: string;
  /** There is no such file. */
  readonly missing: boolean;
  /** Absent where there is none that can be read. */
  readonly expires?: Date;
  /** Name of the CA that signs it; absent of a CA. */
  readonly ca?: table.CaName;
  /** Its CA's key is kept elsewhere: it cannot be renewed here. */
  readonly externallyManaged: boolean;
  /** Why a file that is there tells no end. */
  readonly problem?: string;
}

/** What certificates a control plane has, by absolute path, keys among them. */
export type Files = ReadonlyMap<string, Buffer>;

/** The kubelet renews that of kubelet.conf by itself. */
const kubeconfigs = table.kubeconfigs.filter(({ name }) => name !== "kubelet.conf");

const byName = <T extends { readonly name: string }>(rows: readonly T[]): readonly T[] =>
  rows.toSorted((a, b) => (a.name < b.name ? -1 : 1));

const pathOf = (row: table.CertificateRow | table.KubeconfigRow, folder: string | undefined): string =>
  "base" in row ? table.certificatePath(row, folder) : table.kubeconfigPath(row);

/** The certificate that a file is about: the first in it, or that of a kubeconfig's user. */
export const certificateAt = (path: string, files: Files): X509Certificate | undefined => {
  const text = files.get(path)?.toString() ?? "";
  return certificatesIn(path.endsWith(".conf") ? (readKubeconfig(text)?.clientCertificate ?? "") : text)[0];
};

/** A CA whose certificate is here and whose key is not. */
const isExternal = (name: table.CaName, files: Files, folder: string | undefined): boolean => {
  const row = table.certificates.find((candidate) => candidate.name === name);
  return row !== undefined && files.has(table.certificatePath(row, folder)) && !files.has(table.keyPath(row, folder));
};

const endOf = (
  row: table.CertificateRow | table.KubeconfigRow,
  ca: table.CaName,
  files: Files,
  folder: string | undefined,
): CertificateEnd => {
  const path = pathOf(row, folder);
  const certificate = certificateAt(path, files);
  const missing = !files.has(path);
  const isLeaf = row.name !== ca;
  return {
    name: row.name,
    missing,
    ...(certificate && { expires: certificate.validToDate }),
    ...(isLeaf && { ca }),
    externallyManaged: !missing && isExternal(ca, files, folder),
    ...(!missing && certificate === undefined && { problem: `${path} holds no certificate that can be read` }),
  };
};

export interface Ends {
  /** Sorted by name, as kubeadm does. */
  readonly certificates: readonly CertificateEnd[];
  readonly authorities: readonly CertificateEnd[];
}

/**
 * When the certificates of a control plane end.
 * @param localEtcd whether an etcd of the cluster runs there, which has certificates of its own
 * @param folder where they are; kubeadm's where nothing is said
 */
export const endsOf = (files: Files, localEtcd: boolean, folder?: string): Ends => {
  const rows = table.certificates.filter((row) => localEtcd || (table.isLeaf(row) ? row.ca : row.name) !== "etcd-ca");
  const leaves = rows.filter(table.isLeaf).map((row) => ({ name: row.name, end: endOf(row, row.ca, files, folder) }));
  const users = kubeconfigs.map((row) => ({ name: row.name, end: endOf(row, "ca", files, folder) }));
  const authorities = rows.filter(table.isCa).map((row) => ({ name: row.name, end: endOf(row, row.name, files, folder) }));
  return { certificates: byName([...leaves, ...users]).map(({ end }) => end), authorities: byName(authorities).map(({ end }) => end) };
};

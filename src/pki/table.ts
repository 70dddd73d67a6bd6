import { canBeSan, clusterEndpoint, localEndpoint, type PkiNames, type Sans, sansOf } from "./names.ts";
import type { Usage } from "./usage.ts";

/** Where the certificates of a control plane live, unless its configuration says otherwise. */
export const pkiDirectory = "/etc/kubernetes/pki";
/** Where its kubeconfigs live. */
export const kubeconfigDirectory = "/etc/kubernetes";
/** The key pair that signs the tokens of service accounts. */
export const serviceAccountFiles = (folder = pkiDirectory) => ({ key: `${folder}/sa.key`, pub: `${folder}/sa.pub` });

export type CaName = "ca" | "front-proxy-ca" | "etcd-ca";

/** A text, or how it follows from the names of a host. */
type Named = string | ((names: PkiNames) => string);

export interface CaRow {
  readonly name: CaName;
  /** Path below the folder of certificates, without `.crt` and `.key`. */
  readonly base: string;
  /** Also the only DNS name of the certificate. */
  readonly commonName: string;
}

export interface LeafRow {
  readonly name: string;
  readonly base: string;
  readonly ca: CaName;
  readonly commonName: Named;
  readonly organization?: string;
  readonly usages: readonly Usage[];
  readonly sans?: (names: PkiNames) => Sans;
}

export type CertificateRow = CaRow | LeafRow;
export const isLeaf = (row: CertificateRow): row is LeafRow => "ca" in row;
export const isCa = (row: CertificateRow): row is CaRow => !isLeaf(row);

const apiServerSans = (names: PkiNames): Sans =>
  sansOf([
    names.nodeName,
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    `kubernetes.default.svc.${names.dnsDomain}`,
    names.serviceAddress,
    names.advertiseAddress,
    ...(names.controlPlaneEndpoint === undefined ? [] : [names.controlPlaneEndpoint.host]),
    ...(canBeSan(names.address) ? [names.address] : []),
    ...names.apiServerSans,
  ]);

const etcdSans = (names: PkiNames, extra: readonly string[]): Sans =>
  sansOf([names.nodeName, "localhost", names.advertiseAddress, "127.0.0.1", "::1", ...extra]);

/**
 * kubeadm's certificates in the order in which kubeadm makes them, under kubeadm's names; a CA stands before what it signs.
 * The kubelet client of the API server carries no organization, as in kubeadm 1.36.1 and its siblings; the ClusterRoleBinding
 * kubeadm:apiserver-kubelet-client gives it its rights.
 */
export const certificates: readonly CertificateRow[] = [
  { name: "ca", base: "ca", commonName: "kubernetes" },
  { name: "apiserver", base: "apiserver", ca: "ca", commonName: "kube-apiserver", usages: ["serverAuth"], sans: apiServerSans },
  {
    name: "apiserver-kubelet-client",
    base: "apiserver-kubelet-client",
    ca: "ca",
    commonName: "kube-apiserver-kubelet-client",
    usages: ["clientAuth"],
  },
  { name: "front-proxy-ca", base: "front-proxy-ca", commonName: "front-proxy-ca" },
  {
    name: "front-proxy-client",
    base: "front-proxy-client",
    ca: "front-proxy-ca",
    commonName: "front-proxy-client",
    usages: ["clientAuth"],
  },
  { name: "etcd-ca", base: "etcd/ca", commonName: "etcd-ca" },
  {
    name: "etcd-server",
    base: "etcd/server",
    ca: "etcd-ca",
    commonName: ({ nodeName }) => nodeName,
    // etcd dials itself through its gRPC gateway with the server certificate.
    usages: ["serverAuth", "clientAuth"],
    sans: (names) => etcdSans(names, names.etcdServerSans),
  },
  {
    name: "etcd-peer",
    base: "etcd/peer",
    ca: "etcd-ca",
    commonName: ({ nodeName }) => nodeName,
    usages: ["serverAuth", "clientAuth"],
    sans: (names) => etcdSans(names, names.etcdPeerSans),
  },
  {
    name: "etcd-healthcheck-client",
    base: "etcd/healthcheck-client",
    ca: "etcd-ca",
    commonName: "kube-etcd-healthcheck-client",
    usages: ["clientAuth"],
  },
  {
    name: "apiserver-etcd-client",
    base: "apiserver-etcd-client",
    ca: "etcd-ca",
    commonName: "kube-apiserver-etcd-client",
    usages: ["clientAuth"],
  },
];

/** Those of etcd's own CA, its certificate among them. */
const isOfEtcd = (row: CertificateRow): boolean => (isLeaf(row) ? row.ca : row.name) === "etcd-ca";

/** Where etcd is an external one, as kubeadm has it: nothing of etcd's CA is made. */
export const certificatesWithoutEtcd: readonly CertificateRow[] = certificates.filter((row) => !isOfEtcd(row));

const ofMember = new Set(["etcd-server", "etcd-peer"]);

/** Of a control plane whose etcd runs on hosts of its own: what its API server and its administrators ask etcd by. */
export const certificatesWithoutMember: readonly CertificateRow[] = certificates.filter(({ name }) => !ofMember.has(name));

/** Of a host that runs etcd alone. */
export const memberCertificates: readonly CertificateRow[] = certificates.filter(
  (row) => isOfEtcd(row) && row.name !== "apiserver-etcd-client",
);

export interface KubeconfigRow {
  readonly name: `${"admin" | "super-admin" | "kubelet" | "controller-manager" | "scheduler"}.conf`;
  /** Common name of the client certificate and name of the user. */
  readonly user: Named;
  readonly organization?: string;
  readonly server: (names: PkiNames) => string;
}

/** kubeadm's kubeconfigs in the order in which `kubeadm init` makes them. All clients are signed by `ca`. */
export const kubeconfigs: readonly KubeconfigRow[] = [
  { name: "admin.conf", user: "kubernetes-admin", organization: "kubeadm:cluster-admins", server: clusterEndpoint },
  { name: "super-admin.conf", user: "kubernetes-super-admin", organization: "system:masters", server: clusterEndpoint },
  { name: "kubelet.conf", user: ({ nodeName }) => `system:node:${nodeName}`, organization: "system:nodes", server: localEndpoint },
  { name: "controller-manager.conf", user: "system:kube-controller-manager", server: localEndpoint },
  { name: "scheduler.conf", user: "system:kube-scheduler", server: localEndpoint },
];

/** Those of a control plane that joins others, as kubeadm has it: super-admin.conf is for the first minutes of a cluster alone. */
export const memberKubeconfigs: readonly KubeconfigRow[] = kubeconfigs.filter(({ name }) => name !== "super-admin.conf");

/** The text of a row for one host. */
export const textFor = (value: Named, names: PkiNames): string => (typeof value === "string" ? value : value(names));

/** @param folder of certificates */
export const certificatePath = ({ base }: CertificateRow, folder = pkiDirectory): string => `${folder}/${base}.crt`;
export const keyPath = ({ base }: CertificateRow, folder = pkiDirectory): string => `${folder}/${base}.key`;
/** kubeadm's name of the phase that makes it. */
export const kubeconfigPart = ({ name }: KubeconfigRow): string => `kubeconfig/${name.replace(/\.conf$/, "")}`;
export const kubeconfigPath = ({ name }: KubeconfigRow): string => `${kubeconfigDirectory}/${name}`;

/** What all control planes of a cluster have in common: pairs of a key and what belongs to it. */
export const sharedPairs = (folder = pkiDirectory): readonly { readonly key: string; readonly certificate: string }[] => {
  const { key, pub } = serviceAccountFiles(folder);
  const authorities = certificates.filter(isCa);
  return [
    ...authorities.map((row) => ({ key: keyPath(row, folder), certificate: certificatePath(row, folder) })),
    { key, certificate: pub },
  ];
};

/** Every file of the table: what must be read from a host before it can be judged. */
export const pkiPaths: readonly string[] = [
  ...certificates.flatMap((row) => [keyPath(row), certificatePath(row)]),
  ...Object.values(serviceAccountFiles()),
  ...kubeconfigs.map(kubeconfigPath),
];

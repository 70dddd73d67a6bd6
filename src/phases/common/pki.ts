import type { Change } from "../../changes/change.ts";
import { KnownAfter } from "../../changes/phase.ts";
import type { Cluster } from "../../config/types.ts";
import type { PkiFile } from "../../pki/issue.ts";
import type { PkiNames } from "../../pki/names.ts";
import { type CertificateRow, certificates, certificatesWithoutEtcd, certificatesWithoutMember } from "../../pki/table.ts";
import { UserError } from "../../shared/errors.ts";
import { nthAddress } from "../../shared/ip.ts";
import { sha256 } from "../../shared/sha256.ts";
import { certificatesOf } from "../../templates/paths.ts";
import { type Context, hostNamed } from "../context.ts";
import { makes } from "./parts.ts";

/** What the certificates of a control plane must know. */
export const pkiNames = ({ cluster, hosts }: Pick<Context, "cluster" | "hosts">, name: string): PkiNames => {
  const host = hostNamed({ hosts }, name);
  const { kubernetes, etcd } = cluster;
  return {
    nodeName: host.name,
    advertiseAddress: host.internalAddress,
    address: host.address,
    controlPlaneEndpoint: cluster.controlPlaneEndpoint,
    bindPort: kubernetes.apiServer.bindPort,
    serviceAddress: nthAddress(kubernetes.serviceSubnet.split(",")[0] ?? kubernetes.serviceSubnet, 1),
    dnsDomain: kubernetes.dnsDomain,
    apiServerSans: kubernetes.apiServer.certSANs,
    etcdServerSans: etcd.serverCertSANs,
    etcdPeerSans: etcd.peerCertSANs,
    clusterName: kubernetes.clusterName,
  };
};

/** Parts of the PKI that are written with the kubelet. */
const withKubelet: ReadonlySet<string> = new Set(["certs/ca", "kubeconfig/kubelet"]);

/** Parts of the PKI that etcd starts with. */
const withEtcd: ReadonlySet<string> = new Set(["certs/etcd-ca", "certs/etcd-server", "certs/etcd-peer"]);

/** Of a new set what is made before all else, stage by stage: the kubelet takes a second to start etcd, whose keys are made meanwhile. */
export const stages = { kubeletPki: withKubelet, firstEtcdPki: withEtcd } as const;

/** Whether etcd is started on this host before all certificates are there. */
export const startsEtcdEarly = ({ cluster, first }: Pick<Context, "cluster" | "first">, host: string): boolean =>
  cluster.etcd.mode === "stacked" && host === first;

/** Of the PKI what the first etcd is started with, as wishes. */
export const firstEtcdFiles = (context: Context, host: string): readonly Change[] =>
  context.learned
    .get("firstEtcdPki")
    .filter(({ part }) => withEtcd.has(part) && makes(context, part))
    .map((file) => pkiChange(file, context, host));

/** Whether a file of the PKI is written before all others. */
export const isWrittenEarly = (context: Context, host: string, { part }: PkiFile): boolean =>
  withKubelet.has(part) || (withEtcd.has(part) && startsEtcdEarly(context, host));

/** The certificates which a control plane has. */
export const certificateRows = ({ etcd }: Pick<Cluster, "etcd">): readonly CertificateRow[] =>
  ({ stacked: certificates, dedicated: certificatesWithoutMember, external: certificatesWithoutEtcd })[etcd.mode];

/** @throws UserError for one that was left out and is not there */
export const fileIn = (files: readonly PkiFile[], path: string): PkiFile => {
  const file = files.find((candidate) => candidate.path === path);
  if (file) return file;
  throw new UserError(`${path} is not there`, {
    exit: "preflight",
    hint: `"kbs init phase certs all" and "kbs init phase kubeconfig all" make what is missing`,
  });
};

/** A file of the first control plane's PKI, kept or new. */
export const pkiFileAt = ({ learned }: Pick<Context, "learned">, path: string): PkiFile => fileIn(learned.get("pki"), path);

/** Every file of the PKI of a control plane or an etcd host, kept or new. */
export const pkiOf = ({ learned, first }: Pick<Context, "learned" | "first">, host: string): readonly PkiFile[] => {
  if (host === first) return learned.get("pki");
  const files = learned.get("memberPki").get(host);
  if (!files) throw new KnownAfter("the PKI of " + host, "make-member-pki");
  return files;
};

/** Of these at least what the host's kubelet starts with: on the first control plane it does so before the others are made. */
export const kubeletPkiOf = (context: Pick<Context, "learned" | "first">, host: string): readonly PkiFile[] =>
  host === context.first ? context.learned.get("kubeletPki") : pkiOf(context, host);

export const caCertificate = (context: Pick<Context, "learned" | "cluster">): Buffer =>
  pkiFileAt(context, `${certificatesOf(context.cluster)}/ca.crt`).content;

/** Whether the key of the cluster's CA is kept elsewhere: the certificate is on a control plane without it. No run leaves it so, as keys are written first. */
export const hasExternalCa = ({ pkiFound, cluster }: Pick<Context, "pkiFound" | "cluster">, host: string): boolean => {
  const [found, pki] = [pkiFound.get(host), certificatesOf(cluster)];
  return found?.has(`${pki}/ca.crt`) === true && !found.has(`${pki}/ca.key`);
};

const isKept = (file: PkiFile, found: ReadonlyMap<string, { readonly content: Buffer }> | undefined): boolean =>
  file.reason === undefined && found?.has(file.path) === true;

/** A file of the PKI as a wish: what is good on the host stays as it is. */
export const pkiChange = (file: PkiFile, context: Context, host: string): Change => {
  const { path, mode, secret, content } = file;
  if (isKept(file, context.pkiFound.get(host)))
    return { kind: "made", path, mode, secret, what: path, keep: sha256(content), make: () => content };
  return { kind: "made", path, mode, secret, what: path, reason: file.reason ?? "it is missing", make: () => content };
};

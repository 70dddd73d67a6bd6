import { createHash } from "node:crypto";
import type { Change } from "../../changes/change.ts";
import type { PkiFile } from "../../pki/issue.ts";
import type { PkiNames } from "../../pki/names.ts";
import { nthAddress } from "../../shared/ip.ts";
import { pki } from "../../templates/paths.ts";
import { type Context, hostNamed } from "../context.ts";

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

/** A file of the PKI, kept or new. */
export const pkiFileAt = ({ learned }: Pick<Context, "learned">, path: string): PkiFile => {
  const file = learned.get("pki").find((candidate) => candidate.path === path);
  if (!file) throw new Error(`the PKI has no ${path}`);
  return file;
};

export const caCertificate = (context: Pick<Context, "learned">): Buffer => pkiFileAt(context, `${pki}/ca.crt`).content;

const isKept = (file: PkiFile, found: ReadonlyMap<string, { readonly content: Buffer }> | undefined): boolean =>
  file.reason === undefined && found?.has(file.path) === true;

/** A file of the PKI as a wish: what is good on the host stays as it is. */
export const pkiChange = (file: PkiFile, context: Context, host: string): Change => {
  const { path, mode, secret, content } = file;
  if (isKept(file, context.pkiFound.get(host)))
    return { kind: "made", path, mode, secret, what: path, keep: sha256(content), make: () => content };
  return { kind: "made", path, mode, secret, what: path, reason: file.reason ?? "it is missing", make: () => content };
};

const sha256 = (content: Buffer): string => createHash("sha256").update(content).digest("hex");

import { createHash } from "node:crypto";
import type { Change } from "../changes/change.ts";
import { issuePki, type PkiFile } from "../pki/issue.ts";
import type { PkiNames } from "../pki/names.ts";
import { kubeconfigs } from "../pki/table.ts";
import { nthAddress } from "../shared/ip.ts";
import { kubernetesDirectory } from "../templates/paths.ts";
import { type ClusterPhase, type Context, firstControlPlane, hostNamed } from "./context.ts";

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

/** super-admin.conf is for the first minutes; where an operator has taken it away from an established host, it is not made again. */
const wantedKubeconfigs = (established: boolean) => kubeconfigs.filter(({ name }) => !established || name !== "super-admin.conf");

/** Gives: every key, certificate and kubeconfig of the first control plane, in memory: what exists and is good is kept. */
export const makePki: ClusterPhase = {
  id: "make-pki",
  title: "Make keys and certificates",
  hosts: firstControlPlane,
  act: async (context, host) => {
    const found = context.pkiFound.get(host);
    const existing = new Map([...(found ?? [])].map(([path, { content }]) => [path, content]));
    // scheduler.conf is the last file to be written, so super-admin.conf was there once.
    const established = existing.has(`${kubernetesDirectory}/scheduler.conf`) && !existing.has(`${kubernetesDirectory}/super-admin.conf`);
    const files = await issuePki({
      existing,
      names: pkiNames(context, host),
      now: context.now,
      keys: context.keys(),
      kubeconfigs: wantedKubeconfigs(established),
    });
    context.learned.tell("pki", files);
    return { changed: [] };
  },
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

const sha256 = (content: Buffer): string => createHash("sha256").update(content).digest("hex");

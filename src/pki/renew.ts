import type { KeyObject, X509Certificate } from "node:crypto";
import { UserError } from "../shared/errors.ts";
import { signAgain } from "./certificate.ts";
import { lifeProblem, openPair } from "./judge-certificate.ts";
import { algorithmOf, generateKey, type KeyAlgorithm, privateKeyPem } from "./keys.ts";
import { readKubeconfig } from "./kubeconfig/kubeconfig.ts";
import { renewKubeconfig } from "./kubeconfig/renew.ts";
import { certificatesIn } from "./pem.ts";
import * as table from "./table.ts";

/** A certificate that can be renewed: all of the table but CAs, and kubelet.conf, whose certificate the kubelet renews. */
export type RenewableRow = table.LeafRow | table.KubeconfigRow;

export const renewable: readonly RenewableRow[] = [
  ...table.certificates.filter(table.isLeaf),
  ...table.kubeconfigs.filter(({ name }) => name !== "kubelet.conf"),
].toSorted((a, b) => (a.name < b.name ? -1 : 1));

/** A file as it is to be written. A key stands before its certificate. */
export interface RenewedFile {
  readonly path: string;
  readonly mode: number;
  readonly secret: boolean;
  readonly content: Buffer;
}

/** Why a certificate is not renewed: there is none, or its CA's key is elsewhere. Else what is to be written. */
export type Renewal = { readonly skipped: "missing" | "external" } | { readonly files: readonly RenewedFile[] };

export interface RenewRequest {
  /** What is on the host, by absolute path. */
  readonly files: ReadonlyMap<string, Buffer>;
  readonly now: Date;
  /** Where certificates live. Default: kubeadm's. */
  readonly folder?: string | undefined;
  /** Milliseconds that a renewed certificate lives. */
  readonly lifeMs: number;
}

/** Certificates begin in the past, for hosts whose clocks are behind. */
const backdatedMs = 5 * 60 * 1000;

const refuse = (path: string, problem: string, hint: string): UserError =>
  new UserError(`${path} cannot be renewed: ${problem}`, { exit: "preflight", hint });

/** The kind of a new key is that of the old one. */
const sameKind = ({ publicKey }: X509Certificate, path: string): KeyAlgorithm => {
  const algorithm = algorithmOf(publicKey);
  if (algorithm !== undefined) return algorithm;
  throw refuse(path, "its key is of a kind that kbs does not make", "keys of a cluster are RSA-2048, -3072, -4096, ECDSA-P256 or -P384");
};

interface OpenCa {
  readonly certificate: X509Certificate;
  readonly key: KeyObject;
}

const openCa = (base: string, { files, now, folder = table.pkiDirectory }: RenewRequest, path: string): OpenCa => {
  const text = (end: string): string | undefined => files.get(`${folder}/${base}.${end}`)?.toString();
  const opened = openPair({ certificate: text("crt"), key: text("key") });
  const ca = `${folder}/${base}.crt`;
  if (typeof opened === "string") throw refuse(path, `${ca}: ${opened}`, "put the CA's certificate and key back as they were");
  const problem = lifeProblem(opened.certificate, { now, remainingMs: 0 });
  if (problem !== undefined)
    throw refuse(path, `${ca}: ${problem}`, "nobody trusts what this CA signs now; it has to be replaced everywhere first");
  return opened;
};

const isExternal = (base: string, { files, folder = table.pkiDirectory }: RenewRequest): boolean =>
  files.has(`${folder}/${base}.crt`) && !files.has(`${folder}/${base}.key`);

const sign = async (old: X509Certificate, ca: OpenCa, path: string, { now, lifeMs }: RenewRequest) => {
  const key = await generateKey(sameKind(old, path));
  const validity = { notBefore: new Date(now.getTime() - backdatedMs), notAfter: new Date(now.getTime() + lifeMs) };
  return { keyPem: privateKeyPem(key), certificatePem: signAgain(old, key, ca, validity).toString() };
};

const renewKubeconfigAt = async (path: string, text: string, request: RenewRequest): Promise<readonly RenewedFile[]> => {
  const [old] = certificatesIn(readKubeconfig(text)?.clientCertificate ?? "");
  const none = (): UserError => refuse(path, "it holds no CA and client certificate", "put back the file that kbs or kubeadm wrote");
  if (!old) throw none();
  const ca = openCa("ca", request, path);
  const content = renewKubeconfig(text, { ...(await sign(old, ca, path, request)), caPem: ca.certificate.toString() });
  if (content === undefined) throw none();
  return [{ path, mode: 0o600, secret: true, content: Buffer.from(content) }];
};

/**
 * A new key and certificate in place of an old one, by the CA on disk: subject, usages, names and kind of key stay as they are, as
 * `kubeadm certs renew` does. Touches nothing but memory.
 * @throws UserError for files that cannot be read, and for a CA that cannot sign
 */
export const renew = async (row: RenewableRow, request: RenewRequest): Promise<Renewal> => {
  const isLeaf = "ca" in row;
  const path = isLeaf ? table.certificatePath(row, request.folder) : table.kubeconfigPath(row);
  const base = isLeaf ? table.certificates.find(({ name }) => name === row.ca)?.base : "ca";
  const existing = request.files.get(path)?.toString();
  if (existing === undefined) return { skipped: "missing" };
  if (base === undefined || isExternal(base, request)) return { skipped: "external" };
  if (!isLeaf) return { files: await renewKubeconfigAt(path, existing, request) };
  const [old] = certificatesIn(existing);
  if (!old) throw refuse(path, "it holds no certificate that can be read", "put it back, or remove it with its key and make it anew");
  const { keyPem, certificatePem } = await sign(old, openCa(base, request, path), path, request);
  return {
    files: [
      { path: table.keyPath(row, request.folder), mode: 0o600, secret: true, content: Buffer.from(keyPem) },
      { path, mode: 0o644, secret: false, content: Buffer.from(certificatePem) },
    ],
  };
};

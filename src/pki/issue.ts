import { createPublicKey, type KeyObject, X509Certificate } from "node:crypto";
import { UserError } from "../shared/errors.ts";
import { type Ca, signCa, signLeaf, type Validity } from "./certificate.ts";
import { judgeCa, judgeKubeconfig, judgeLeaf, judgeServiceAccountKeys } from "./judge.ts";
import type { Moment } from "./judge-certificate.ts";
import { type KeyAlgorithm, type KeySupply, prepareKeys, privateKeyPem, publicKeyPem, readPrivateKey, secretKey } from "./keys.ts";
import { renderKubeconfig } from "./kubeconfig.ts";
import type { PkiNames } from "./names.ts";
import { certificatesIn } from "./pem.ts";
import * as table from "./table.ts";

/** One file of a control plane's PKI. */
export interface PkiFile {
  readonly path: string;
  readonly mode: number;
  /** Whether its content must never be shown or stored where others can read. */
  readonly secret: boolean;
  /** Why it is made new; undefined when the existing content is kept. */
  readonly reason: string | undefined;
  readonly content: Buffer;
}

export interface PkiRequest {
  /** Every file of {@link table.pkiPaths} that exists on the host, by its path. */
  readonly existing: ReadonlyMap<string, Buffer>;
  readonly names: PkiNames;
  readonly now: Date;
  /** Where new keys come from, see {@link preparePki}. It is stopped in the end. */
  readonly keys: KeySupply;
  /** Lives of new certificates, in milliseconds. Default: kubeadm's. */
  readonly lifeMs?: { readonly ca: number; readonly leaf: number };
  /** A certificate that ends within this many milliseconds is made new. Default 0: only when it has ended. */
  readonly renewWithinMs?: number;
  /** Which kubeconfigs to make. Default: all five, as for the first control plane. */
  readonly kubeconfigs?: readonly table.KubeconfigRow[];
  /** Which certificates to make. Default: all, as for a control plane that runs etcd. */
  readonly certificates?: readonly table.CertificateRow[];
}

/** A CA and the text of its file, which may hold older CAs behind it. */
interface TrustedCa extends Ca {
  readonly pem: string;
}

const hourMs = 60 * 60 * 1000;
/** kubeadm's periods. */
const caLifeMs = 87_600 * hourMs;
const leafLifeMs = 8760 * hourMs;
/** Certificates begin in the past, for hosts whose clocks are behind. */
const backdatedMs = 5 * 60 * 1000;

/** What the steps of one call share. */
interface Run extends PkiRequest {
  readonly moment: Moment;
  /** The CAs met so far. */
  readonly authorities: Map<table.CaName, TrustedCa>;
}

/** Starts to make the keys of a full set in the background. Call it as early as the algorithm is known. */
export const preparePki = (algorithm: KeyAlgorithm): KeySupply =>
  prepareKeys(algorithm, table.certificates.length + table.kubeconfigs.length + 1);

/** The same for a control plane that has the CAs and the keys of service accounts already. */
export const prepareMemberKeys = (algorithm: KeyAlgorithm): KeySupply =>
  prepareKeys(algorithm, table.certificates.filter(table.isLeaf).length + table.memberKubeconfigs.length);

/**
 * Judges the PKI files and kubeconfigs of a control plane and makes what is missing or no longer good, in kubeadm's order; a key stands
 * before its certificate, so that a run cut short never leaves a CA certificate without its key. Touches nothing but memory.
 * @throws UserError for files that must not be replaced by the way, and for names that no certificate can hold.
 */
export const issuePki = async (request: PkiRequest): Promise<PkiFile[]> => {
  for (const [path, content] of request.existing) if (path.endsWith(".key")) secretKey(content.toString());
  const run: Run = { ...request, moment: { now: request.now, remainingMs: request.renewWithinMs ?? 0 }, authorities: new Map() };
  const files: PkiFile[] = [];
  try {
    for (const row of request.certificates ?? table.certificates)
      files.push(...(await (table.isLeaf(row) ? settleLeaf(run, row) : settleCa(run, row))));
    files.push(...(await settleServiceAccountKeys(run)));
    for (const row of request.kubeconfigs ?? table.kubeconfigs) files.push(await settleKubeconfig(run, row));
    return files;
  } finally {
    request.keys.stop();
  }
};

const textAt = (run: Run, path: string): string | undefined => run.existing.get(path)?.toString();

/** A file: as it is where there is no reason to change it, else with its new content. */
const settled = (run: Run, path: string, reason: string | undefined, text: string): PkiFile => ({
  path,
  mode: path.endsWith(".crt") ? 0o644 : 0o600,
  secret: !path.endsWith(".crt") && !path.endsWith(".pub"),
  reason,
  content: (reason === undefined ? run.existing.get(path) : undefined) ?? Buffer.from(text),
});

const periodFrom = ({ now }: Run, lifeMs: number, notBefore = new Date(now.getTime() - backdatedMs)): Validity => ({
  notBefore,
  notAfter: new Date(now.getTime() + lifeMs),
});

/** A key that was judged readable already. */
const openKey = (pem: string): KeyObject => {
  const key = readPrivateKey(pem);
  if (key === undefined) throw new RangeError("a private key that was read before cannot be read now");
  return key;
};

const authorityOf = (run: Run, name: table.CaName): TrustedCa => {
  const ca = run.authorities.get(name);
  if (ca === undefined) throw new RangeError(`the CA ${name} does not stand before what it signs`);
  return ca;
};

/** A new CA in place of a lost one would cut off every component that trusts the old one. */
const refuseOrphans = (run: Run, row: table.CaRow): void => {
  const orphan = table.certificates.find(
    (other) => table.isLeaf(other) && other.ca === row.name && run.existing.has(table.certificatePath(other)),
  );
  if (orphan === undefined) return;
  throw new UserError(
    `${table.certificatePath(row)} and ${table.keyPath(row)} are missing, but ${table.certificatePath(orphan)}, which they signed, exists`,
    {
      hint: "put both back; only for a cluster that need not live on, remove what they signed as well",
    },
  );
};

const settleCa = async (run: Run, row: table.CaRow): Promise<PkiFile[]> => {
  const pair = { certificate: textAt(run, table.certificatePath(row)), key: textAt(run, table.keyPath(row)) };
  const reason = judgeCa(row, pair, run.now);
  if (pair.key === undefined) refuseOrphans(run, row);
  const key = pair.key === undefined ? await run.keys.take() : openKey(pair.key);
  const pem = pair.certificate ?? signCa(row.commonName, key, periodFrom(run, run.lifeMs?.ca ?? caLifeMs)).toString();
  run.authorities.set(row.name, { certificate: new X509Certificate(pem), key, pem });
  return [
    settled(run, table.keyPath(row), pair.key === undefined ? "the key is missing" : undefined, pair.key ?? privateKeyPem(key)),
    settled(run, table.certificatePath(row), reason, pem),
  ];
};

const settleLeaf = async (run: Run, row: table.LeafRow): Promise<PkiFile[]> => {
  const paths = { key: table.keyPath(row), certificate: table.certificatePath(row) };
  const pair = { certificate: textAt(run, paths.certificate), key: textAt(run, paths.key) };
  const ca = authorityOf(run, row.ca);
  const reason = judgeLeaf(row, pair, ca.pem, run.names, run.moment);
  if (reason === undefined) return [settled(run, paths.key, reason, ""), settled(run, paths.certificate, reason, "")];
  const key = await run.keys.take();
  const { organization, usages } = row;
  const commonName = table.textFor(row.commonName, run.names);
  const certificate = signLeaf(
    { commonName, organization, usages, sans: row.sans?.(run.names), key },
    ca,
    periodFrom(run, run.lifeMs?.leaf ?? leafLifeMs),
  );
  return [settled(run, paths.key, reason, privateKeyPem(key)), settled(run, paths.certificate, reason, certificate.toString())];
};

const settleServiceAccountKeys = async (run: Run): Promise<PkiFile[]> => {
  const paths = table.serviceAccountFiles;
  const existing = textAt(run, paths.key);
  const reason = judgeServiceAccountKeys(existing, textAt(run, paths.pub));
  const key = existing === undefined ? await run.keys.take() : openKey(existing);
  return [
    settled(run, paths.key, existing === undefined ? reason : undefined, existing ?? privateKeyPem(key)),
    settled(run, paths.pub, reason, publicKeyPem(createPublicKey(key))),
  ];
};

const settleKubeconfig = async (run: Run, row: table.KubeconfigRow): Promise<PkiFile> => {
  const { names } = run;
  const path = table.kubeconfigPath(row);
  const ca = authorityOf(run, "ca");
  const reason = judgeKubeconfig(row, textAt(run, path), ca.pem, names, run.moment);
  if (reason === undefined) return settled(run, path, reason, "");
  const key = await run.keys.take();
  const user = table.textFor(row.user, names);
  const certificate = signLeaf(
    { commonName: user, organization: row.organization, usages: ["clientAuth"], key },
    ca,
    // Client certificates in kubeconfigs begin with their CA, as kubeadm's do.
    periodFrom(run, run.lifeMs?.leaf ?? leafLifeMs, ca.certificate.validFromDate),
  );
  const text = renderKubeconfig({
    clusterName: names.clusterName,
    server: row.server(names),
    caPem: certificatesIn(ca.pem).map(String).join(""),
    user,
    credentials: { certificatePem: certificate.toString(), keyPem: privateKeyPem(key) },
  });
  return settled(run, path, reason, text);
};

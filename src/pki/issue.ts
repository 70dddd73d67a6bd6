import { createPublicKey, type KeyObject, X509Certificate } from "node:crypto";
import { UserError } from "../shared/errors.ts";
import { type Ca, signCa, signLeaf, type Validity } from "./certificate.ts";
import { judgeCa, judgeGivenKubeconfig, judgeKubeconfig, judgeLeaf, judgeServiceAccountKeys } from "./judge.ts";
import type { Moment } from "./judge-certificate.ts";
import {
  type KeyAlgorithm,
  type KeySupply,
  type PreparedKeys,
  prepareKeys,
  privateKeyPem,
  publicKeyPem,
  readPrivateKey,
  secretKey,
} from "./keys.ts";
import { renderKubeconfig } from "./kubeconfig/kubeconfig.ts";
import type { PkiNames } from "./names.ts";
import { certificatesIn } from "./pem.ts";
import * as table from "./table.ts";

/** One file of a control plane's PKI. */
export interface PkiFile {
  readonly path: string;
  readonly mode: number;
  /** Whether its content must never be shown or stored where others can read. */
  readonly secret: boolean;
  /** kubeadm's name of the phase that makes it. */
  readonly part: string;
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
  /** Where they live. Default: kubeadm's. */
  readonly folder?: string | undefined;
  /** Which certificates to make. Default: all, as for a control plane that runs etcd. */
  readonly certificates?: readonly table.CertificateRow[];
  /** Which kubeconfigs to make. Default: all five, as for the first control plane. */
  readonly kubeconfigs?: readonly table.KubeconfigRow[];
  /** Of all these, which are made, by kubeadm's names of phases (`certs/apiserver`); others are used as they are, if they are there. Default: all. */
  readonly makes?: (part: string) => boolean;
  /** Told what is taken as it is though kbs would have made it otherwise. */
  readonly warn?: (text: string) => void;
}

/** A CA and the text of its file, which may hold older CAs behind it. */
interface TrustedCa extends Pick<Ca, "certificate"> {
  readonly pem: string;
  /** Absent: it is kept elsewhere, and whoever has it signs. */
  readonly key?: KeyObject;
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
  /** What a CA would have to sign whose key is kept elsewhere, a sentence each. */
  readonly unsigned: string[];
}

/** Starts to make the keys of a full set in the background. Call it as early as the algorithm is known. */
export const preparePki = (algorithm: KeyAlgorithm): PreparedKeys =>
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
  const run: Run = {
    ...request,
    moment: { now: request.now, remainingMs: request.renewWithinMs ?? 0 },
    authorities: new Map(),
    unsigned: [],
  };
  const files: PkiFile[] = [];
  try {
    for (const row of request.certificates ?? table.certificates)
      files.push(...(await (table.isLeaf(row) ? settleLeaf(run, row) : settleCa(run, row))));
    files.push(...(await settleServiceAccountKeys(run)));
    for (const row of request.kubeconfigs ?? table.kubeconfigs) files.push(...(await settleKubeconfig(run, row)));
    refuseUnsigned(run);
    return files;
  } finally {
    request.keys.stop();
  }
};

const textAt = (run: Run, path: string): string | undefined => run.existing.get(path)?.toString();

/** Whether this run makes it. */
const isMade = ({ makes }: Run, part: string): boolean => makes?.(part) ?? true;

/** A file: as it is where there is no reason to change it, else with its new content. */
const settled = (run: Run, part: string, path: string, reason: string | undefined, text: string): PkiFile => ({
  path,
  mode: path.endsWith(".crt") ? 0o644 : 0o600,
  secret: !path.endsWith(".crt") && !path.endsWith(".pub"),
  part,
  reason,
  content: (reason === undefined ? run.existing.get(path) : undefined) ?? Buffer.from(text),
});

/** Those that are there, as they are. */
const asFound = (run: Run, part: string, paths: readonly string[]): PkiFile[] =>
  paths.filter((path) => run.existing.has(path)).map((path) => settled(run, part, path, undefined, ""));

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

/** @throws UserError where it is neither there nor made */
const authorityOf = (run: Run, name: table.CaName, path: string): TrustedCa => {
  const ca = run.authorities.get(name);
  if (ca !== undefined) return ca;
  throw new UserError(`${path} cannot be made: the CA that signs it is not there`, {
    exit: "preflight",
    hint: `"kbs init phase certs ${name}" makes it; where it is kept elsewhere, put its certificate and what it has signed here`,
  });
};

/** @throws UserError that names all of it at once */
const refuseUnsigned = ({ unsigned }: Run): void => {
  if (unsigned.length === 0) return;
  throw new UserError(`a CA is here without its key, so kbs signs nothing by it, and what it should have signed is not there or not good`, {
    exit: "preflight",
    output: unsigned.join("\n"),
    hint: "whoever has the key makes these files (kbs certs generate-csr writes the requests); or put the key beside the CA's certificate",
  });
};

/** A new CA in place of a lost one would cut off every component that trusts the old one. */
const refuseOrphans = (run: Run, row: table.CaRow): void => {
  const orphan = table.certificates.find(
    (other) => table.isLeaf(other) && other.ca === row.name && run.existing.has(table.certificatePath(other, run.folder)),
  );
  if (orphan === undefined) return;
  throw new UserError(
    `${table.certificatePath(row, run.folder)} and ${table.keyPath(row, run.folder)} are missing, but ${table.certificatePath(orphan, run.folder)}, which they signed, exists`,
    {
      hint: "put both back; only for a cluster that need not live on, remove what they signed as well",
    },
  );
};

const settleCa = async (run: Run, row: table.CaRow): Promise<PkiFile[]> => {
  const paths = { key: table.keyPath(row, run.folder), certificate: table.certificatePath(row, run.folder) };
  const pair = { certificate: textAt(run, paths.certificate), key: textAt(run, paths.key) };
  const part = `certs/${row.name}`;
  if (pair.certificate === undefined && !isMade(run, part)) return asFound(run, part, [paths.key]);
  const reason = judgeCa(row, pair, run.now, run.folder);
  if (pair.certificate !== undefined && pair.key === undefined) {
    run.authorities.set(row.name, { certificate: new X509Certificate(pair.certificate), pem: pair.certificate });
    run.warn?.(`${paths.certificate} is here without its key, which is kept elsewhere: kbs signs nothing by it, and uses what is there`);
    return [settled(run, part, paths.certificate, reason, "")];
  }
  if (pair.key === undefined) refuseOrphans(run, row);
  const key = pair.key === undefined ? await run.keys.take() : openKey(pair.key);
  const pem = pair.certificate ?? signCa(row.commonName, key, periodFrom(run, run.lifeMs?.ca ?? caLifeMs)).toString();
  run.authorities.set(row.name, { certificate: new X509Certificate(pem), key, pem });
  return [
    settled(run, part, paths.key, pair.key === undefined ? "the key is missing" : undefined, pair.key ?? privateKeyPem(key)),
    settled(run, part, paths.certificate, reason, pem),
  ];
};

const settleLeaf = async (run: Run, row: table.LeafRow): Promise<PkiFile[]> => {
  const paths = { key: table.keyPath(row, run.folder), certificate: table.certificatePath(row, run.folder) };
  const part = `certs/${row.name}`;
  if (!isMade(run, part)) return asFound(run, part, [paths.key, paths.certificate]);
  const pair = { certificate: textAt(run, paths.certificate), key: textAt(run, paths.key) };
  const ca = authorityOf(run, row.ca, paths.certificate);
  const reason = judgeLeaf(row, pair, ca.pem, run.names, run.moment);
  if (reason === undefined) return [settled(run, part, paths.key, reason, ""), settled(run, part, paths.certificate, reason, "")];
  if (ca.key === undefined) {
    run.unsigned.push(`${paths.certificate}: ${reason}`);
    return [];
  }
  const key = await run.keys.take();
  const { organization, usages } = row;
  const commonName = table.textFor(row.commonName, run.names);
  const certificate = signLeaf(
    { commonName, organization, usages, sans: row.sans?.(run.names), key },
    { ...ca, key: ca.key },
    periodFrom(run, run.lifeMs?.leaf ?? leafLifeMs),
  );
  return [settled(run, part, paths.key, reason, privateKeyPem(key)), settled(run, part, paths.certificate, reason, certificate.toString())];
};

const settleServiceAccountKeys = async (run: Run): Promise<PkiFile[]> => {
  const paths = table.serviceAccountFiles(run.folder);
  const part = "certs/sa";
  if (!isMade(run, part)) return asFound(run, part, [paths.key, paths.pub]);
  const existing = textAt(run, paths.key);
  const reason = judgeServiceAccountKeys(existing, textAt(run, paths.pub), run.folder);
  const key = existing === undefined ? await run.keys.take() : openKey(existing);
  return [
    settled(run, part, paths.key, existing === undefined ? reason : undefined, existing ?? privateKeyPem(key)),
    settled(run, part, paths.pub, reason, publicKeyPem(createPublicKey(key))),
  ];
};

const settleKubeconfig = async (run: Run, row: table.KubeconfigRow): Promise<PkiFile[]> => {
  const { names } = run;
  const path = table.kubeconfigPath(row);
  const part = table.kubeconfigPart(row);
  if (!isMade(run, part)) return asFound(run, part, [path]);
  const ca = authorityOf(run, "ca", path);
  const text = textAt(run, path);
  if (ca.key === undefined) return givenKubeconfig(run, row, ca, text);
  const reason = judgeKubeconfig(row, text, ca.pem, names, run.moment);
  if (reason === undefined) return [settled(run, part, path, reason, "")];
  const key = await run.keys.take();
  const user = table.textFor(row.user, names);
  const certificate = signLeaf(
    { commonName: user, organization: row.organization, usages: ["clientAuth"], key },
    { ...ca, key: ca.key },
    // Client certificates in kubeconfigs begin with their CA, as kubeadm's do.
    periodFrom(run, run.lifeMs?.leaf ?? leafLifeMs, ca.certificate.validFromDate),
  );
  const content = renderKubeconfig({
    clusterName: names.clusterName,
    server: row.server(names),
    caPem: certificatesIn(ca.pem).map(String).join(""),
    user,
    credentials: { certificatePem: certificate.toString(), keyPem: privateKeyPem(key) },
  });
  return [settled(run, part, path, reason, content)];
};

/** One that others have made: as with kubeadm, which server it names is theirs to decide. */
const givenKubeconfig = (run: Run, row: table.KubeconfigRow, { pem }: TrustedCa, text: string | undefined): PkiFile[] => {
  const path = table.kubeconfigPath(row);
  const { problem, otherServer } = judgeGivenKubeconfig(row, text, pem, run.names, run.moment);
  if (otherServer !== undefined) run.warn?.(`${path}: its server is ${otherServer}, not ${row.server(run.names)}`);
  if (problem === undefined) return [settled(run, table.kubeconfigPart(row), path, undefined, "")];
  run.unsigned.push(`${path}: ${problem}`);
  return [];
};

import { createPublicKey, type X509Certificate } from "node:crypto";
import { UserError } from "../shared/errors.ts";
import { leadsTo, lifeProblem, type Moment, missingName, missingUsage, openPair, type Pair } from "./judge-certificate.ts";
import { publicKeyDer, readPrivateKey } from "./keys.ts";
import { type Kubeconfig, readKubeconfig } from "./kubeconfig/kubeconfig.ts";
import type { PkiNames } from "./names.ts";
import { certificatesIn, publicKeysIn } from "./pem.ts";
import {
  type CaRow,
  certificatePath,
  type KubeconfigRow,
  keyPath,
  type LeafRow,
  pkiDirectory,
  serviceAccountFiles,
  textFor,
} from "./table.ts";

// Each judgement is undefined when what exists may stay, or the reason why it is made new. What must never be made new by the way, because
// running clusters trust it, is met with an error instead.

/** The kubelet keeps its own client certificate here, renews it, and names it in kubelet.conf. */
const rotatedClient = "/var/lib/kubelet/pki/kubelet-client-current.pem";

const refuseCa = (row: CaRow, folder: string, problem: string, hint?: string): never => {
  const files = `${certificatePath(row, folder)} and ${keyPath(row, folder)}`;
  throw new UserError(`${certificatePath(row, folder)}: ${problem}`, {
    hint: hint ?? `put ${files} back as they were; only for a cluster that need not live on, remove ${folder}`,
  });
};

/** Of a CA whose key is kept elsewhere. */
const openAlone = (pem: string): { readonly certificate: X509Certificate } | string => {
  const [certificate] = certificatesIn(pem);
  return certificate ? { certificate } : "the certificate cannot be read";
};

/**
 * A CA is missing, or only its certificate is (it can be made again from the key, and what it signed stays valid), or it is good.
 * Its key may be kept elsewhere.
 * @throws UserError for a CA that exists and cannot serve.
 */
export const judgeCa = (row: CaRow, pair: Pair, now: Date, folder = pkiDirectory): string | undefined => {
  if (pair.certificate === undefined) {
    if (pair.key !== undefined && readPrivateKey(pair.key) === undefined)
      refuseCa(row, folder, "it is missing, and its key cannot be read");
    return "the certificate is missing";
  }
  const opened = pair.key === undefined ? openAlone(pair.certificate) : openPair(pair);
  if (typeof opened === "string") return refuseCa(row, folder, opened);
  if (!opened.certificate.ca) refuseCa(row, folder, "the certificate is not one of a CA (basic constraints, key usage)");
  const problem = lifeProblem(opened.certificate, { now, remainingMs: 0 });
  if (problem === undefined) return undefined;
  return refuseCa(
    row,
    folder,
    problem,
    opened.certificate.validFromDate > now ? "set the clock of this machine or wait" : "replace the CA first, everywhere it is trusted",
  );
};

/** Whether a leaf belongs to its key, leads to its CA, holds long enough, and has the usages and names of its row. Subjects are not compared, as kubeadm does not. */
export const judgeLeaf = (row: LeafRow, pair: Pair, caPem: string, names: PkiNames, moment: Moment): string | undefined => {
  const opened = openPair(pair);
  if (typeof opened === "string") return opened;
  const { certificate, others } = opened;
  if (!leadsTo(certificatesIn(caPem), certificate, others)) return "the certificate is not signed by its CA";
  const life = lifeProblem(certificate, moment);
  if (life !== undefined) return life;
  const usage = missingUsage(certificate, row.usages);
  if (usage !== undefined) return `the certificate lacks the usage ${usage}`;
  const name = row.sans === undefined ? undefined : missingName(certificate, row.sans(names));
  return name === undefined ? undefined : `the certificate lacks the name ${name}`;
};

const subjectProblem = (certificate: X509Certificate, row: KubeconfigRow, names: PkiNames): string | undefined => {
  const { CN, O } = certificate.toLegacyObject().subject as { CN?: unknown; O?: unknown };
  const user = textFor(row.user, names);
  if (CN !== user) return `its user is not ${user}`;
  return O === row.organization ? undefined : `its user is not in ${row.organization ?? "no group"}`;
};

/** @param whose whether it is the certificate of the row's user */
const clientProblem = (
  kubeconfig: Kubeconfig,
  row: KubeconfigRow,
  ca: readonly X509Certificate[],
  moment: Moment,
  whose: (certificate: X509Certificate) => string | undefined,
): string | undefined => {
  if (row.name === "kubelet.conf" && kubeconfig.clientCertificateFile === rotatedClient) return undefined;
  const opened = openPair({ certificate: kubeconfig.clientCertificate, key: kubeconfig.clientKey });
  if (typeof opened === "string") return opened;
  if (!leadsTo(ca, opened.certificate, opened.others)) return "the certificate is not signed by the CA";
  return lifeProblem(opened.certificate, moment) ?? whose(opened.certificate);
};

/** A kubeconfig by whom it trusts; or what is wrong with it. */
const trusting = (text: string | undefined, ca: readonly X509Certificate[]): Kubeconfig | string => {
  if (text === undefined) return "it is missing";
  const kubeconfig = readKubeconfig(text);
  if (kubeconfig === undefined) return "it cannot be read";
  const [trusted] = certificatesIn(kubeconfig.ca ?? "");
  return trusted !== undefined && ca.some(({ raw }) => raw.equals(trusted.raw)) ? kubeconfig : "it trusts another CA";
};

/** Whether a kubeconfig trusts the CA, aims at the right server, and holds a client certificate of its user for long enough. */
export const judgeKubeconfig = (
  row: KubeconfigRow,
  text: string | undefined,
  caPem: string,
  names: PkiNames,
  moment: Moment,
): string | undefined => {
  const ca = certificatesIn(caPem);
  const kubeconfig = trusting(text, ca);
  if (typeof kubeconfig === "string") return kubeconfig;
  const server = row.server(names);
  if (kubeconfig.server !== server) return `its server is not ${server}`;
  return clientProblem(kubeconfig, row, ca, moment, (certificate) => subjectProblem(certificate, row, names));
};

/** Of a component that the cluster's own rules know by its name; who administers, whoever has the CA decides. */
const isComponent = ({ name }: KubeconfigRow): boolean => name !== "admin.conf" && name !== "super-admin.conf";

/** The same of one that kbs cannot make: another server is told, and no problem. */
export const judgeGivenKubeconfig = (
  row: KubeconfigRow,
  text: string | undefined,
  caPem: string,
  names: PkiNames,
  moment: Moment,
): { readonly problem?: string | undefined; readonly otherServer?: string | undefined } => {
  const ca = certificatesIn(caPem);
  const kubeconfig = trusting(text, ca);
  if (typeof kubeconfig === "string") return { problem: kubeconfig };
  const problem = clientProblem(kubeconfig, row, ca, moment, (certificate) =>
    isComponent(row) ? subjectProblem(certificate, row, names) : undefined,
  );
  return { problem, ...(kubeconfig.server !== row.server(names) && { otherServer: kubeconfig.server ?? "none" }) };
};

const refuseKeys = (problem: string, { key, pub }: { readonly key: string; readonly pub: string }): never => {
  throw new UserError(problem, {
    hint: `put back the key pair ${key}, ${pub} whose tokens are in use; only for a cluster that need not live on, remove both`,
  });
};

/**
 * The key that signs the tokens of service accounts, and its public half, beside which older public keys may stand.
 * @throws UserError when both exist and do not fit, or the public one exists alone: a new pair would end every token in use.
 */
export const judgeServiceAccountKeys = (
  keyPem: string | undefined,
  pubPem: string | undefined,
  folder = pkiDirectory,
): string | undefined => {
  const paths = serviceAccountFiles(folder);
  if (keyPem === undefined) {
    return pubPem === undefined ? "the key is missing" : refuseKeys(`${paths.pub} exists without ${paths.key}`, paths);
  }
  const key = readPrivateKey(keyPem);
  if (key === undefined) return refuseKeys(`${paths.key} cannot be read`, paths);
  if (pubPem === undefined) return "the public key is missing";
  const own = publicKeyDer(createPublicKey(key));
  const known = publicKeysIn(pubPem).some((pub) => publicKeyDer(pub).equals(own));
  return known ? undefined : refuseKeys(`${paths.pub} does not hold the public half of ${paths.key}`, paths);
};

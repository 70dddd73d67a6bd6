import type { KeyObject, X509Certificate } from "node:crypto";
import { readPrivateKey } from "./keys.ts";
import type { Sans } from "./names.ts";
import { certificatesIn } from "./pem.ts";
import { type Usage, usageOids } from "./usage.ts";

/** When a certificate is judged, and for how many milliseconds more it must hold. */
export interface Moment {
  readonly now: Date;
  readonly remainingMs: number;
}

/** The contents of a certificate file and its key file, as far as they exist. */
export interface Pair {
  readonly certificate: string | undefined;
  readonly key: string | undefined;
}

/** A pair that could be read and belongs together. */
export interface OpenPair {
  readonly certificate: X509Certificate;
  /** Intermediate certificates that follow in the same file. */
  readonly others: readonly X509Certificate[];
  readonly key: KeyObject;
}

const dayMs = 24 * 60 * 60 * 1000;
const day = (date: Date): string => date.toISOString().slice(0, 10);

/** Reads a pair, or says why it is none. */
export const openPair = (pair: Pair): OpenPair | string => {
  if (pair.certificate === undefined) return "the certificate is missing";
  if (pair.key === undefined) return "the key is missing";
  const [certificate, ...others] = certificatesIn(pair.certificate);
  if (certificate === undefined) return "the certificate cannot be read";
  const key = readPrivateKey(pair.key);
  if (key === undefined) return "the key cannot be read";
  return certificate.checkPrivateKey(key) ? { certificate, others, key } : "the key does not belong to the certificate";
};

/** Why a certificate does not hold now or not long enough. */
export const lifeProblem = ({ validFromDate, validToDate }: X509Certificate, { now, remainingMs }: Moment): string | undefined => {
  if (validFromDate > now) return `the certificate is not valid before ${validFromDate.toISOString()}`;
  const leftMs = validToDate.getTime() - now.getTime();
  if (leftMs <= 0) return `the certificate expired on ${day(validToDate)}`;
  return leftMs < remainingMs ? `the certificate expires in ${Math.floor(leftMs / dayMs)} days` : undefined;
};

const isIssuedBy = (certificate: X509Certificate, issuer: X509Certificate): boolean =>
  certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);

/** Whether a certificate leads to one of the anchors, over any of the intermediates. */
export const leadsTo = (
  anchors: readonly X509Certificate[],
  certificate: X509Certificate,
  intermediates: readonly X509Certificate[],
): boolean =>
  anchors.some((anchor) => isIssuedBy(certificate, anchor)) ||
  intermediates.some((between) => {
    const rest = intermediates.filter((other) => other !== between);
    return isIssuedBy(certificate, between) && leadsTo(anchors, between, rest);
  });

/** The first of the wished usages which a certificate does not allow. One without the extension allows all. */
export const missingUsage = ({ keyUsage }: X509Certificate, usages: readonly Usage[]): Usage | undefined =>
  // Node.js calls the extended key usages so.
  keyUsage === undefined ? undefined : usages.find((usage) => !keyUsage.includes(usageOids[usage]));

/** The first of the wished names for which a certificate does not speak; a wildcard in it speaks for what it matches. */
export const missingName = (certificate: X509Certificate, { dns, ips }: Sans): string | undefined => {
  const listed = new Set(certificate.subjectAltName?.split(", "));
  const speaksFor = (name: string): boolean =>
    listed.has(`DNS:${name}`) || certificate.checkHost(name, { subject: "never", partialWildcards: false }) !== undefined;
  return dns.find((name) => !speaksFor(name)) ?? ips.find((ip) => certificate.checkIP(ip) === undefined);
};

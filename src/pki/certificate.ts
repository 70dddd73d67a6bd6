import { type KeyObject, randomBytes, X509Certificate } from "node:crypto";
import { sha256 } from "../shared/sha256.ts";
import * as der from "./der.ts";
import { againExtensions, caExtensions, leafExtensions } from "./extensions.ts";
import { publicKeyDer } from "./keys.ts";
import type { Sans } from "./names.ts";
import { type Element, element, extensionOf, subjectKeyIdOf, subjectOf } from "./read-der.ts";
import { signedBy } from "./signing.ts";
import type { Usage } from "./usage.ts";

/** A CA whose key is at hand. */
export interface Ca {
  readonly certificate: X509Certificate;
  readonly key: KeyObject;
}

/** When a certificate holds, to the second. */
export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

export interface LeafRequest {
  readonly commonName: string;
  /** Several are several groups. */
  readonly organization?: string | readonly string[] | undefined;
  readonly usages: readonly Usage[];
  readonly sans?: Sans | undefined;
  /** The key that the certificate speaks for; only its public half goes in. */
  readonly key: KeyObject;
}

/** PrintableString where its characters suffice (X.680, 41.4), as Go does. */
const directoryString = (value: string): der.Der =>
  /^[A-Za-z0-9 '()+,\-./:=?]*$/.test(value) ? der.printableString(value) : der.utf8String(value);

/** Of several values one set, sorted by their bytes as DER wants it: Go writes a user's groups so. */
const attribute = (oid: string, values: readonly string[]): der.Der => {
  const parts = values.map((value) => der.sequence(der.oid(oid), directoryString(value)));
  return der.set(...parts.toSorted((a, b) => Buffer.compare(der.encode(a), der.encode(b))));
};

/** Organizations before the common name, each in a set of its own. */
export const distinguishedName = (commonName: string, organization: string | readonly string[] = []): der.Der => {
  const organizations = [organization].flat();
  return der.sequence(...(organizations.length === 0 ? [] : [attribute("2.5.4.10", organizations)]), attribute("2.5.4.3", [commonName]));
};

/** 1 … 2^63-2, kubeadm's range. */
const randomSerial = (): bigint => {
  const serial = randomBytes(8).readBigUInt64BE() >> 1n;
  return serial >= 1n && serial <= 2n ** 63n - 2n ? serial : randomSerial();
};

/** SubjectPublicKeyInfo of a key. */
export const publicKeyInfo = (key: KeyObject): der.Der => {
  const { tag, content } = element(publicKeyDer(key));
  return der.verbatim(tag, content);
};

interface Contents {
  readonly issuer: der.Der;
  readonly subject: der.Der;
  readonly validity: Validity;
  readonly key: KeyObject;
  readonly extensions: readonly der.Der[];
}

/** RFC 5280, 4.1. */
const sign = ({ issuer, subject, validity, key, extensions }: Contents, signer: KeyObject): X509Certificate =>
  new X509Certificate(
    signedBy(signer, (algorithm) =>
      der.sequence(
        der.explicit(0, der.integer(2n)), // version 3
        der.integer(randomSerial()),
        algorithm,
        issuer,
        der.sequence(der.time(validity.notBefore), der.time(validity.notAfter)),
        subject,
        publicKeyInfo(key),
        der.explicit(3, der.sequence(...extensions)),
      ),
    ),
  );

/** A CA that signs itself. */
export const signCa = (commonName: string, key: KeyObject, validity: Validity): X509Certificate => {
  const name = distinguishedName(commonName);
  return sign({ issuer: name, subject: name, validity, key, extensions: caExtensions(key, commonName) }, key);
};

/** A certificate by a CA, own or given. The issuer name is the CA's subject byte for byte, whatever string types stand in it. */
export const signLeaf = (request: LeafRequest, ca: Ca, validity: Validity): X509Certificate => {
  const { tag, content } = subjectOf(ca.certificate);
  const contents: Contents = {
    issuer: der.verbatim(tag, content),
    subject: distinguishedName(request.commonName, request.organization),
    validity,
    key: request.key,
    extensions: leafExtensions(request.usages, request.sans ?? { dns: [], ips: [] }, subjectKeyIdOf(ca.certificate)),
  };
  return sign(contents, ca.key);
};

const verbatim = ({ tag, content }: Element): der.Der => der.verbatim(tag, content);

/** A certificate as another one, for another key and time: subject, usages and names are taken over byte for byte. */
export const signAgain = (old: X509Certificate, key: KeyObject, ca: Ca, validity: Validity): X509Certificate => {
  const extensions = againExtensions((oid) => extensionOf(old, oid), subjectKeyIdOf(ca.certificate));
  return sign({ issuer: verbatim(subjectOf(ca.certificate)), subject: verbatim(subjectOf(old)), validity, key, extensions }, ca.key);
};

/** The value of `--discovery-token-ca-cert-hash` for a CA in PEM: SHA-256 over its SubjectPublicKeyInfo. */
export const caHash = (certificatePem: string): string => `sha256:${sha256(publicKeyDer(new X509Certificate(certificatePem).publicKey))}`;

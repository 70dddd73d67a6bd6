import { X509Certificate } from "node:crypto";
import { signLeaf, type Validity } from "./certificate.ts";
import { leadsTo, lifeProblem, type Moment, missingName, missingUsage, openPair, type Pair } from "./judge-certificate.ts";
import { generateKey, type KeyAlgorithm, privateKeyPem, readPrivateKey } from "./keys.ts";
import { sansOf } from "./names.ts";
import { certificatesIn } from "./pem.ts";
import type { Usage } from "./usage.ts";

/** A certificate for a TLS server beside the cluster's own, by a CA of the cluster. */
export interface ServingWish {
  readonly commonName: string;
  readonly sans: readonly string[];
}

const usages: readonly Usage[] = ["serverAuth"];

/** Why a pair does not serve, or not for long enough; undefined when it does. */
export const judgeServing = ({ sans }: ServingWish, pair: Pair, caPem: string, moment: Moment): string | undefined => {
  const opened = openPair(pair);
  if (typeof opened === "string") return opened;
  const { certificate, others } = opened;
  if (!leadsTo(certificatesIn(caPem), certificate, others)) return "the certificate is not signed by its CA";
  const usage = missingUsage(certificate, usages);
  if (usage !== undefined) return `the certificate lacks the usage ${usage}`;
  const name = missingName(certificate, sansOf(sans));
  return name === undefined ? lifeProblem(certificate, moment) : `the certificate lacks the name ${name}`;
};

/** Makes a key and its certificate, both in PEM. The key is registered as a secret. */
export const makeServing = async (
  { commonName, sans }: ServingWish,
  ca: { readonly certificatePem: string; readonly keyPem: string },
  algorithm: KeyAlgorithm,
  validity: Validity,
): Promise<{ readonly certificate: string; readonly key: string }> => {
  const caKey = readPrivateKey(ca.keyPem);
  if (caKey === undefined) throw new RangeError("the key of the CA cannot be read");
  const key = await generateKey(algorithm);
  const certificate = signLeaf(
    { commonName, usages, sans: sansOf(sans), key },
    { certificate: new X509Certificate(ca.certificatePem), key: caKey },
    validity,
  );
  return { certificate: certificate.toString(), key: privateKeyPem(key) };
};

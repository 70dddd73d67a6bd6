import { createPublicKey, type KeyObject, X509Certificate } from "node:crypto";

const blocks = (pem: string, kind: string): string[] =>
  pem.match(new RegExp(`-----BEGIN ${kind}-----[A-Za-z0-9+/=\\s]+-----END ${kind}-----`, "g")) ?? [];

/** The certificates of a PEM file in their order; empty when there is none or one of them cannot be read. */
export const certificatesIn = (pem: string): X509Certificate[] => {
  try {
    return blocks(pem, "CERTIFICATE").map((block) => new X509Certificate(block));
  } catch {
    return [];
  }
};

/** The public keys of a PEM file such as sa.pub, which may hold several while a key is being replaced; empty when one cannot be read. */
export const publicKeysIn = (pem: string): KeyObject[] => {
  try {
    return ["PUBLIC KEY", "RSA PUBLIC KEY", "CERTIFICATE"].flatMap((kind) => blocks(pem, kind)).map((block) => createPublicKey(block));
  } catch {
    return [];
  }
};

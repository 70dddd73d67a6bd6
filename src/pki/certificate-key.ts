import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { UserError } from "../shared/errors.ts";
import { secrets } from "../shared/secrets.ts";

/** AES-256-GCM as kubeadm seals what it uploads: a nonce of 12 bytes, the ciphertext, a tag of 16 bytes; nothing else is authenticated. */
const cipher = "aes-256-gcm";
const [keyBytes, nonceBytes, tagBytes] = [32, 12, 16];

/** A new key, in hex. Registered as a secret. */
export const newCertificateKey = (): string => secrets.add(randomBytes(keyBytes).toString("hex"));

/**
 * A key as it was written. Registered as a secret.
 * @param where names the option or field that held it; the key itself is never shown.
 * @throws UserError for anything that is no key
 */
export const parseCertificateKey = (text: string, where: string): string => {
  if (/^[0-9a-f]{64}$/i.test(text)) return secrets.add(text);
  throw new UserError(`${where}: this is not a certificate key`, {
    hint: "it is 32 bytes in hex, as kbs certs certificate-key prints one",
  });
};

/** @param key in hex */
export const seal = (content: Buffer, key: string): Buffer => {
  const nonce = randomBytes(nonceBytes);
  const sealing = createCipheriv(cipher, Buffer.from(key, "hex"), nonce);
  return Buffer.concat([nonce, sealing.update(content), sealing.final(), sealing.getAuthTag()]);
};

/**
 * What was sealed; undefined when the key is another one, or the bytes were changed.
 * @param key in hex
 */
export const unseal = (sealed: Buffer, key: string): Buffer | undefined => {
  if (sealed.length < nonceBytes + tagBytes) return undefined;
  const end = sealed.length - tagBytes;
  const opening = createDecipheriv(cipher, Buffer.from(key, "hex"), sealed.subarray(0, nonceBytes), { authTagLength: tagBytes });
  opening.setAuthTag(sealed.subarray(end));
  try {
    return Buffer.concat([opening.update(sealed.subarray(nonceBytes, end)), opening.final()]);
  } catch {
    return undefined;
  }
};

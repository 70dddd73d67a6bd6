import type { X509Certificate } from "node:crypto";

/** One element of a DER encoding that node:crypto has accepted already. */
export interface Element {
  readonly tag: number;
  readonly content: Buffer;
}

const oidOfSki = "551d0e";
const contextTag = 0xa0;
const extensionsTag = 0xa3;

/** The elements that stand one after another in `bytes`. */
export const elements = (bytes: Buffer): Element[] => {
  const found: Element[] = [];
  let at = 0;
  while (at < bytes.length) {
    const tag = bytes.readUInt8(at);
    const first = bytes.readUInt8(at + 1);
    const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
    const start = at + 2 + lengthBytes;
    const length = lengthBytes === 0 ? first : bytes.readUIntBE(at + 2, lengthBytes);
    found.push({ tag, content: bytes.subarray(start, start + length) });
    at = start + length;
  }
  return found;
};

/** The only element of `bytes`. */
export const element = (bytes: Buffer): Element => {
  const [only, ...others] = elements(bytes);
  if (only === undefined || others.length > 0) throw new RangeError("this DER is not one element");
  return only;
};

/** version, serial, algorithm, issuer, validity, subject, key, extensions (RFC 5280, 4.1); the version may be missing. */
const fields = (certificate: X509Certificate): Element[] => {
  const tbs = elements(element(certificate.raw).content)[0];
  return tbs === undefined ? [] : elements(tbs.content);
};

/** The subject of a certificate as it stands there: string types and order are kept, so that an issuer name equals it byte for byte. */
export const subjectOf = (certificate: X509Certificate): Element => {
  const all = fields(certificate);
  const subject = all[all[0]?.tag === contextTag ? 5 : 4];
  if (subject === undefined) throw new RangeError("this certificate has no subject");
  return subject;
};

/** The content of an extension's element, its name first; undefined where the certificate has none of that name. @param oid its DER content, in hex */
export const extensionOf = (certificate: X509Certificate, oid: string): Buffer | undefined => {
  const holder = fields(certificate).find(({ tag }) => tag === extensionsTag);
  if (holder === undefined) return undefined;
  return elements(element(holder.content).content).find(({ content }) => elements(content)[0]?.content.toString("hex") === oid)?.content;
};

/** The subject key identifier that a certificate carries, if it carries one. */
export const subjectKeyIdOf = (certificate: X509Certificate): Buffer | undefined => {
  const value = elements(extensionOf(certificate, oidOfSki) ?? Buffer.alloc(0)).at(-1);
  return value === undefined ? undefined : element(value.content).content;
};

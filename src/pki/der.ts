import asn1, { type Asn1 } from "node-forge/lib/asn1.js";

// The door to node-forge: nothing else in src/pki imports it. It only writes here, it never reads: reading is left to node:crypto.

export type Der = Asn1;

const { UNIVERSAL, CONTEXT_SPECIFIC } = asn1.Class;
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");
const primitive = (type: number, bytes: Uint8Array): Der => asn1.create(UNIVERSAL, type, false, text(bytes));
const latin1 = (value: string): Buffer => Buffer.from(value, "latin1");

/** The bytes of a tree. */
export const encode = (node: Der): Buffer => latin1(asn1.toDer(node).getBytes());

export const sequence = (...parts: readonly Der[]): Der => asn1.create(UNIVERSAL, asn1.Type.SEQUENCE, true, [...parts]);
export const set = (...parts: readonly Der[]): Der => asn1.create(UNIVERSAL, asn1.Type.SET, true, [...parts]);
export const oid = (dotted: string): Der => primitive(asn1.Type.OID, latin1(asn1.oidToDer(dotted).getBytes()));
export const nothing = (): Der => primitive(asn1.Type.NULL, Buffer.alloc(0));
export const yes = (): Der => primitive(asn1.Type.BOOLEAN, Buffer.from([0xff]));
export const octets = (bytes: Uint8Array): Der => primitive(asn1.Type.OCTETSTRING, bytes);
export const printableString = (value: string): Der => primitive(asn1.Type.PRINTABLESTRING, latin1(value));
export const utf8String = (value: string): Der => primitive(asn1.Type.UTF8, Buffer.from(value));

/** A non-negative integer. */
export const integer = (value: bigint): Der => {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
  // A leading 1 bit would make it negative.
  const sign = (bytes[0] ?? 0) >= 0x80 ? [0] : [];
  return primitive(asn1.Type.INTEGER, Buffer.from([...sign, ...bytes]));
};

/** @param unused how many bits at the end of the last byte do not count. */
export const bits = (bytes: Uint8Array, unused = 0): Der => primitive(asn1.Type.BITSTRING, Buffer.from([unused, ...bytes]));

/** UTCTime until 2049, GeneralizedTime from 2050 on, as RFC 5280 (4.1.2.5) demands. Whole seconds. */
export const time = (date: Date): Der =>
  date.getUTCFullYear() < 2050
    ? primitive(asn1.Type.UTCTIME, latin1(asn1.dateToUtcTime(date)))
    : primitive(asn1.Type.GENERALIZEDTIME, latin1(asn1.dateToGeneralizedTime(date)));

/** `[tag]` around other nodes. */
export const explicit = (tag: number, ...parts: readonly Der[]): Der => asn1.create(CONTEXT_SPECIFIC, tag, true, [...parts]);

/** `[tag]` in place of the type of a string. */
export const implicit = (tag: number, bytes: Uint8Array): Der => asn1.create(CONTEXT_SPECIFIC, tag, false, text(bytes));

/** An element that is DER already, byte for byte: its first byte stands for class and type, the rest is `content`. */
export const verbatim = (tag: number, content: Uint8Array): Der => asn1.create(UNIVERSAL, tag, false, text(content));

import { createHash, type KeyObject } from "node:crypto";
import * as der from "./der.ts";
import { ipBytes } from "./ip.ts";
import { publicKeyDer } from "./keys.ts";
import type { Sans } from "./names.ts";
import { element, elements } from "./read-der.ts";
import { type Usage, usageOids } from "./usage.ts";

// X.509 extensions as kubeadm writes them (RFC 5280, 4.2).

const sequenceTag = 0x30;

const extension = (oid: string, value: der.Der, critical = false): der.Der =>
  der.sequence(der.oid(oid), ...(critical ? [der.yes()] : []), der.octets(der.encode(value)));

const keyUsage = (bits: number, unused: number): der.Der => extension("2.5.29.15", der.bits(Buffer.from([bits]), unused), true);
const basicConstraints = (...parts: readonly der.Der[]): der.Der => extension("2.5.29.19", der.sequence(...parts), true);

/** The first 160 bits of SHA-256 over the public-key BIT STRING (RFC 7093, method 1), as Go makes them since 1.25. */
const keyId = (key: KeyObject): Buffer => {
  const bitString = elements(element(publicKeyDer(key)).content)[1];
  if (bitString === undefined) throw new RangeError("this public key has no BIT STRING");
  // Its first content byte counts the unused bits and is no part of the key.
  return createHash("sha256").update(bitString.content.subarray(1)).digest().subarray(0, 20);
};

/** The extension that names a subject; none where there are no names. */
export const altNames = ({ dns, ips }: Sans): der.Der[] => {
  const names = [...dns.map((name) => der.implicit(2, Buffer.from(name))), ...ips.map((ip) => der.implicit(7, ipBytes(ip)))];
  return names.length === 0 ? [] : [extension("2.5.29.17", der.sequence(...names))];
};

/** Extensions of a CA, in kubeadm's order: no limit on the path, its common name as DNS name. */
export const caExtensions = (key: KeyObject, commonName: string): der.Der[] => [
  keyUsage(0xa4, 2), // digitalSignature, keyEncipherment, keyCertSign
  basicConstraints(der.yes()),
  extension("2.5.29.14", der.octets(keyId(key))),
  ...altNames({ dns: [commonName], ips: [] }),
];

const leafKeyUsage = (): der.Der => keyUsage(0xa0, 5); // digitalSignature, keyEncipherment
const authorityKeyId = (caKeyId: Buffer | undefined): der.Der[] =>
  caKeyId === undefined ? [] : [extension("2.5.29.35", der.sequence(der.implicit(0, caKeyId)))];

/** Extensions of a leaf, in kubeadm's order. Without a key id of the CA, none is written, as Go does. */
export const leafExtensions = (usages: readonly Usage[], sans: Sans, caKeyId: Buffer | undefined): der.Der[] => [
  leafKeyUsage(),
  extension("2.5.29.37", der.sequence(...usages.map((usage) => der.oid(usageOids[usage])))),
  basicConstraints(),
  ...authorityKeyId(caKeyId),
  ...altNames(sans),
];

/** Extensions of a leaf that takes usages and names over from another one. @param old the content of that one's extension, by its name in hex */
export const againExtensions = (old: (oid: string) => Buffer | undefined, caKeyId: Buffer | undefined): der.Der[] => {
  const taken = (oid: string): der.Der[] => {
    const content = old(oid);
    return content === undefined ? [] : [der.verbatim(sequenceTag, content)];
  };
  return [leafKeyUsage(), ...taken("551d25"), basicConstraints(), ...authorityKeyId(caKeyId), ...taken("551d11")];
};

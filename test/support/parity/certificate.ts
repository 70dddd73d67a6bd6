import { execFileSync } from "node:child_process";
import { createHash, type KeyObject, X509Certificate } from "node:crypto";

/** The certificate authorities of a cluster, by the path of their file. */
export type Authorities = ReadonlyMap<string, X509Certificate>;

export const describeKey = ({ asymmetricKeyType, asymmetricKeyDetails: details }: KeyObject): string =>
  `${asymmetricKeyType} ${details?.modulusLength ?? details?.namedCurve}${details?.publicExponent ? ` e=${details.publicExponent}` : ""}`;

const spki = (key: KeyObject): Buffer => key.export({ type: "spki", format: "der" });

/** The bits of a key as they stand in its SubjectPublicKeyInfo: what identifiers are made of. */
const keyBits = (certificate: X509Certificate): Buffer => {
  const der = spki(certificate.publicKey);
  // The last element is the BIT STRING: its length is told by what follows it.
  for (let at = 0; at < der.length; at++) {
    if (der[at] !== 0x03) continue;
    const first = der[at + 1] ?? 0;
    const extra = first < 0x80 ? 0 : first & 0x7f;
    const length = extra === 0 ? first : der.readUIntBE(at + 2, extra);
    if (at + 2 + extra + length === der.length) return der.subarray(at + 2 + extra + 1);
  }
  throw new Error("no BIT STRING in a public key");
};

/** The ways in which Go has made identifiers of keys. */
const identifiers = (certificate: X509Certificate): Readonly<Record<string, string>> => {
  const bits = keyBits(certificate);
  const hash = (name: string): string => createHash(name).update(bits).digest("hex").slice(0, 40).toUpperCase();
  return { [hash("sha256")]: "160 bits of SHA-256", [hash("sha1")]: "SHA-1" };
};

const whoseKey = (identifier: string, own: X509Certificate, authorities: Authorities): string => {
  for (const [name, certificate] of [...authorities, ["itself", own] as const]) {
    const how = identifiers(certificate)[identifier.replaceAll(":", "").toUpperCase()];
    if (how !== undefined) return `${how} of the key of ${name}`;
  }
  return "of NO KEY that is known";
};

const signerOf = (certificate: X509Certificate, authorities: Authorities): string =>
  [...authorities].find(([, authority]) => certificate.verify(authority.publicKey))?.[0] ??
  (certificate.verify(certificate.publicKey) ? "itself" : "NOBODY that is known");

const seconds = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / 1000;

const when = (since: number): string =>
  since === 0 ? "from the second of the first CA on" : since > 0 ? "later than the first CA" : "EARLIER than the first CA";

/** A certificate that begins with its CA, five minutes before that was made, is good for that and for as long as went by since, beside its life. */
const lifeOf = (life: number, since: number | undefined): number => {
  const more = life % 3600;
  return since === 0 && more >= 300 ? life - more : life;
};

/** Lines of `openssl x509 -text` whose values are random, by what they say instead. */
const replaced = (line: string, own: X509Certificate, authorities: Authorities): string[] => {
  if (/^(?:Certificate:|Data:|Validity|Not After)/.test(line) || line.startsWith("Serial Number:")) return [];
  if (line.startsWith("Not Before")) {
    const [first] = authorities.values();
    const isOfCluster = [...authorities.values()].some(({ publicKey }) => own.verify(publicKey));
    const since = first && isOfCluster ? seconds(first.validFrom, own.validFrom) : undefined;
    return [`good for ${lifeOf(seconds(own.validFrom, own.validTo), since)} s${since === undefined ? "" : `, ${when(since)}`}`];
  }
  if (/^(?:[0-9A-F]{2}:){19}[0-9A-F]{2}$/.test(line)) return [whoseKey(line, own, authorities)];
  return /^(?:[0-9a-f]{2}:)*[0-9a-f]{2}$/.test(line) ? [] : [line];
};

/** The length of what was drawn: kubeadm draws 63 bits, the controller manager 128, openssl 159. */
const serialLength = (serial: bigint): string => {
  const drawn = [63, 128, 159].find((bits) => serial > 0n && serial < 2n ** BigInt(bits));
  return drawn === undefined ? `of ${serial.toString(2).length} bits` : `of at most ${drawn} bits`;
};

const known = new Map<string, string>();

/**
 * A certificate field by field, in its order, with the types of its strings; what is random is replaced by what can be said of it.
 * One line, in which a colon is never followed by a space, so that it can stand in YAML.
 */
export const describeCertificate = (pem: string, authorities: Authorities): string => {
  const own = new X509Certificate(pem);
  const words = ["x509", "-noout", "-text", "-nameopt", "RFC2253,show_type", "-certopt", "no_sigdump,no_pubkey"];
  const told = known.get(own.fingerprint256) ?? execFileSync("openssl", words, { input: pem, timeout: 20_000, stdio: "pipe" }).toString();
  known.set(own.fingerprint256, told);
  const serial = BigInt(`0x${own.serialNumber}`);
  const lines = told.split("\n").map((line) => line.trim());
  return [
    `certificate signed by ${signerOf(own, authorities)}`,
    `serial ${serialLength(serial)}`,
    `key ${describeKey(own.publicKey)}`,
    ...lines.filter((line) => line !== "").flatMap((line) => replaced(line, own, authorities)),
  ]
    .join("; ")
    .replaceAll(/:\s/g, "=");
};

export const fits = (key: KeyObject, others: readonly KeyObject[]): boolean => others.some((other) => spki(other).equals(spki(key)));

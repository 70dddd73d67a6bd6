import { readFileSync } from "node:fs";
import { sha256 } from "../../shared/sha256.ts";
import { convertPkcs8, isPkcs8 } from "./pkcs8.ts";
import { type ParsedKey, parseKey } from "./ssh2.ts";

/** What a key file turned out to be. */
export type KeyFile =
  | { readonly kind: "ready"; readonly key: ParsedKey }
  /** Encrypted, and the passphrase is missing (`wrong` is false) or wrong. */
  | { readonly kind: "locked"; readonly wrong: boolean; readonly publicBlob?: Buffer }
  /** Only the public half: good for picking one of an agent's keys. */
  | { readonly kind: "public"; readonly publicBlob: Buffer }
  | { readonly kind: "missing" }
  | { readonly kind: "unusable"; readonly reason: string };

/** The public half that OpenSSH's own format carries unencrypted, also in an encrypted file. */
const embeddedPublicKey = (pem: string): Buffer | undefined => {
  const [, body] = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]*?)-----END/.exec(pem) ?? [];
  if (body === undefined) return undefined;
  const data = Buffer.from(body, "base64");
  let at = "openssh-key-v1\0".length;
  const next = (): Buffer => {
    const length = data.readUInt32BE(at);
    at += 4 + length;
    return data.subarray(at - length, at);
  };
  try {
    for (let skipped = 0; skipped < 3; skipped++) next(); // cipher, key derivation and its options
    at += 4; // the count of keys, always 1
    return next();
  } catch {
    return undefined;
  }
};

const siblingPublicKey = (path: string): Buffer | undefined => {
  try {
    const key = parseKey(readFileSync(`${path}.pub`));
    return key instanceof Error ? undefined : key.getPublicSSH();
  } catch {
    return undefined;
  }
};

/** Whether a passphrase is needed: PEM and PKCS#8 say so in their headers, OpenSSH's format inside. */
const isEncrypted = (pem: string): boolean => {
  if (/^-----BEGIN ENCRYPTED|^Proc-Type: 4,ENCRYPTED|^Encryption: (?!none)/m.test(pem)) return true;
  const key = parseKey(pem);
  return key instanceof Error && key.message.includes("no passphrase");
};

const locked = (path: string, pem: string, wrong: boolean): KeyFile => {
  const publicBlob = embeddedPublicKey(pem) ?? siblingPublicKey(path);
  return { kind: "locked", wrong, ...(publicBlob === undefined ? {} : { publicBlob }) };
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** A sentence on a kind of key that OpenSSH has and ssh2 has not. */
const reasonOf = (pem: string, message: string): string => {
  const blob = embeddedPublicKey(pem);
  const type = blob === undefined ? "" : blob.toString("latin1", 4, 4 + blob.readUInt32BE(0));
  if (type.startsWith("sk-")) return `is a ${type} key on a hardware token, which kbs cannot use`;
  if (/^-----BEGIN/m.test(pem))
    return `cannot be read (${message}); "ssh-keygen -p -m PEM -f FILE" on a copy rewrites it in a format that can`;
  return "is no private key";
};

const parse = (path: string, pem: string, passphrase?: string): KeyFile => {
  if (passphrase === undefined && isEncrypted(pem)) return locked(path, pem, false);
  try {
    const key = parseKey(isPkcs8(pem) ? convertPkcs8(pem, passphrase) : pem, passphrase);
    if (key instanceof Error) throw key;
    return key.isPrivateKey() ? { kind: "ready", key } : { kind: "public", publicBlob: key.getPublicSSH() };
  } catch (error) {
    if (isEncrypted(pem)) return locked(path, pem, true);
    return { kind: "unusable", reason: reasonOf(pem, messageOf(error)) };
  }
};

/** Parsed keys of this process, by a digest of file and passphrase: ten hosts with one encrypted key pay its 0.4 s once. */
const parsed = new Map<string, KeyFile>();

/** Reads a private key in OpenSSH's format, PEM, PKCS#8 or PuTTY's; never throws. */
export const readKeyFile = (path: string, passphrase?: string): KeyFile => {
  let pem: string;
  try {
    pem = readFileSync(path, "utf8");
  } catch (error) {
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
    return missing ? { kind: "missing" } : { kind: "unusable", reason: `cannot be read (${messageOf(error)})` };
  }
  const digest = sha256(JSON.stringify([path, pem, passphrase]));
  const known = parsed.get(digest) ?? parse(path, pem, passphrase);
  parsed.set(digest, known);
  return known;
};

import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from "node:crypto";
import { availableParallelism } from "node:os";
import { promisify } from "node:util";
import { secrets } from "../shared/secrets.ts";

const generate = promisify(generateKeyPair);

/** kubeadm's `encryptionAlgorithm` values. */
export const keyAlgorithms = ["RSA-2048", "RSA-3072", "RSA-4096", "ECDSA-P256", "ECDSA-P384"] as const;
export type KeyAlgorithm = (typeof keyAlgorithms)[number];

/** RSA keys have the exponent 65537, the default of node:crypto. */
const makers: Readonly<Record<KeyAlgorithm, () => Promise<{ privateKey: KeyObject }>>> = {
  "RSA-2048": () => generate("rsa", { modulusLength: 2048 }),
  "RSA-3072": () => generate("rsa", { modulusLength: 3072 }),
  "RSA-4096": () => generate("rsa", { modulusLength: 4096 }),
  "ECDSA-P256": () => generate("ec", { namedCurve: "P-256" }),
  "ECDSA-P384": () => generate("ec", { namedCurve: "P-384" }),
};

/** A new private key, made on a thread of libuv's pool. */
export const generateKey = async (algorithm: KeyAlgorithm): Promise<KeyObject> => (await makers[algorithm]()).privateKey;

/** The kind of a key; undefined for one that kbs does not make. */
export const algorithmOf = ({ asymmetricKeyDetails }: KeyObject): KeyAlgorithm | undefined => {
  const { modulusLength, namedCurve } = asymmetricKeyDetails ?? {};
  if (namedCurve === "prime256v1") return "ECDSA-P256";
  if (namedCurve === "secp384r1") return "ECDSA-P384";
  return keyAlgorithms.find((name) => name === `RSA-${modulusLength}`);
};

/** Private keys that are being made ahead of need. */
export interface KeySupply {
  /** The next key; made on the spot when none is left. */
  take(): Promise<KeyObject>;
  /** Makes no further keys ahead; those under way are finished and dropped. */
  stop(): void;
}

export interface PreparedKeys extends KeySupply {
  /** Resolves once no more are being made ahead. */
  readonly made: Promise<unknown>;
}

/**
 * Starts to make `count` keys in the background: an RSA key takes about 0.25 s of one core, which is free while hosts are being connected.
 * libuv's pool has four threads for these, for files and for name look-ups alike, so at most two of them are used here; and one core is left to the
 * rest, which on the machine itself is what everything waits for.
 */
export const prepareKeys = (algorithm: KeyAlgorithm, count: number): PreparedKeys => {
  let stopped = false;
  const lanes: Promise<unknown>[] = Array.from({ length: Math.max(1, Math.min(2, availableParallelism() - 1)) }, () => Promise.resolve());
  const prepared = Array.from({ length: count }, (_, index) => {
    const lane = index % lanes.length;
    const key = Promise.resolve(lanes[lane]).then(() => (stopped ? undefined : generateKey(algorithm)));
    // Whoever takes this key sees why it failed; nobody may ever take it.
    lanes[lane] = key.catch(() => undefined);
    return key;
  });
  return {
    take: async () => (await prepared.shift()) ?? generateKey(algorithm),
    stop: () => {
      stopped = true;
    },
    made: Promise.all(lanes),
  };
};

/**
 * Registers a private key as a secret: its lines, and base64 of the whole, which is what kubeconfigs hold. Its first and last line are no
 * secret, and to mask them first would break the longer text into pieces that nothing masks. Returns it.
 */
export const secretKey = (pem: string): string => {
  secrets.add(pem.replaceAll(/-----[^\n]*-----\n?/g, ""));
  secrets.add(Buffer.from(pem).toString("base64"));
  return pem;
};

/** PKCS#1 for RSA, SEC 1 for elliptic curves, as kubeadm writes them. Registered as a secret. */
export const privateKeyPem = (key: KeyObject): string =>
  secretKey(key.export({ format: "pem", type: key.asymmetricKeyType === "rsa" ? "pkcs1" : "sec1" }).toString());

/** SubjectPublicKeyInfo of a private or public key. */
export const publicKeyDer = (key: KeyObject): Buffer => publicHalf(key).export({ format: "der", type: "spki" });

/** A `PUBLIC KEY` PEM block. */
export const publicKeyPem = (key: KeyObject): string => publicHalf(key).export({ format: "pem", type: "spki" }).toString();

const publicHalf = (key: KeyObject): KeyObject => (key.type === "private" ? createPublicKey(key) : key);

/** A private key in PKCS#1, SEC 1 or PKCS#8, or undefined when it is none or asks for a passphrase. Registered as a secret. */
export const readPrivateKey = (pem: string): KeyObject | undefined => {
  secretKey(pem);
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
};

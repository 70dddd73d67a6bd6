import { createPrivateKey, type KeyObject, randomBytes } from "node:crypto";

const string = (data: Buffer | string): Buffer => {
  const bytes = typeof data === "string" ? Buffer.from(data) : data;
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};

/** An Ed25519 key in OpenSSH's own format, unencrypted (PROTOCOL.key in OpenSSH's sources): Node.js cannot write it. */
const ed25519ToOpenSsh = (key: KeyObject): string => {
  const { d = "", x = "" } = key.export({ format: "jwk" });
  const publicKey = Buffer.from(x, "base64url");
  const publicBlob = Buffer.concat([string("ssh-ed25519"), string(publicKey)]);
  const check = randomBytes(4);
  const secret = Buffer.concat([Buffer.from(d, "base64url"), publicKey]);
  const inner = Buffer.concat([check, check, publicBlob, string(secret), string("")]);
  const padding = Buffer.from(Array.from({ length: (8 - (inner.length % 8)) % 8 }, (_, index) => index + 1));
  const whole = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    string("none"),
    string("none"),
    string(""),
    Buffer.from([0, 0, 0, 1]),
    string(publicBlob),
    string(Buffer.concat([inner, padding])),
  ]);
  const lines = whole.toString("base64").match(/.{1,70}/g) ?? [];
  return ["-----BEGIN OPENSSH PRIVATE KEY-----", ...lines, "-----END OPENSSH PRIVATE KEY-----", ""].join("\n");
};

export const isPkcs8 = (pem: string): boolean => /^-----BEGIN (ENCRYPTED )?PRIVATE KEY-----/m.test(pem);

/** A PKCS#8 key ("BEGIN PRIVATE KEY"), which ssh2 does not read, in a format that it reads; unencrypted. @throws Error from node:crypto */
export const convertPkcs8 = (pem: string, passphrase?: string): string => {
  const key = createPrivateKey({ key: pem, format: "pem", ...(passphrase === undefined ? {} : { passphrase }) });
  if (key.asymmetricKeyType === "rsa") return key.export({ type: "pkcs1", format: "pem" }).toString();
  if (key.asymmetricKeyType === "ec") return key.export({ type: "sec1", format: "pem" }).toString();
  if (key.asymmetricKeyType === "ed25519") return ed25519ToOpenSsh(key);
  throw new Error(`a key of the kind ${key.asymmetricKeyType} cannot be used for SSH`);
};

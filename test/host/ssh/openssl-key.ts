import { createPublicKey } from "node:crypto";
import { readFileSync } from "node:fs";

const field = (data: Buffer): Buffer => Buffer.concat([Buffer.from([0, 0, 0, data.length]), data]);

/** The line for authorized_keys of an Ed25519 key in PKCS#8, which ssh-keygen of OpenSSH 9.2 cannot read. */
export const opensshPublicKey = (path: string): string => {
  const { x = "" } = createPublicKey(readFileSync(path)).export({ format: "jwk" });
  return `ssh-ed25519 ${Buffer.concat([field(Buffer.from("ssh-ed25519")), field(Buffer.from(x, "base64url"))]).toString("base64")}`;
};

import { createHmac, randomBytes } from "node:crypto";
import { mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import { keyType } from "./known-hosts.ts";

const hashName = (host: string): string => {
  const salt = randomBytes(20);
  return `|1|${salt.toString("base64")}|${createHmac("sha1", salt).update(host).digest("base64")}`;
};

/**
 * Adds a key to a known_hosts file, which is made (mode 0600, its folder 0700) when missing. The line goes out in one appending write, so
 * that neither another kbs nor ssh itself can land in the middle of it.
 */
export const appendKnownHost = async (file: string, host: string, blob: Buffer, hash: boolean): Promise<void> => {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const handle = await open(file, "a+", 0o600);
  try {
    const { size } = await handle.stat();
    const last = Buffer.alloc(1, "\n");
    if (size > 0) await handle.read(last, 0, 1, size - 1);
    const gap = last.toString() === "\n" ? "" : "\n";
    await handle.writeFile(`${gap}${hash ? hashName(host) : host} ${keyType(blob)} ${blob.toString("base64")}\n`);
  } finally {
    await handle.close();
  }
};

import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { matchesList } from "./pattern.ts";

/** A line of known_hosts that names a host. */
export interface KnownKey {
  readonly marker: "" | "revoked" | "cert-authority";
  /** `ssh-ed25519` and so on. */
  readonly type: string;
  /** The key in SSH's own format. */
  readonly blob: Buffer;
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
}

const hashed = /^\|1\|([^|]+)\|([^|]+)$/;

/** Whether the first field of a line means this name: a hashed name, or names with wildcards and `!` separated by commas. */
const names = (field: string, host: string): boolean => {
  const [, salt, hash] = hashed.exec(field) ?? [];
  if (salt === undefined || hash === undefined) return matchesList(host, field.toLowerCase().split(","));
  return createHmac("sha1", Buffer.from(salt, "base64")).update(host).digest("base64") === hash;
};

/** The type that a key in SSH's own format names itself. */
export const keyType = (blob: Buffer): string => (blob.length < 4 ? "" : blob.toString("latin1", 4, 4 + blob.readUInt32BE(0)));

const parseLine = (text: string, host: string, file: string, line: number): KnownKey[] => {
  const fields = text.trim().split(/[ \t]+/);
  const marker = fields[0]?.startsWith("@") ? fields.shift()?.slice(1) : "";
  const [field = "", type = "", base64 = ""] = fields;
  if (field === "" || field.startsWith("#") || (marker !== "" && marker !== "revoked" && marker !== "cert-authority")) return [];
  const blob = Buffer.from(base64, "base64");
  // As OpenSSH: a line whose key cannot be read is no line.
  return keyType(blob) === type && names(field, host) ? [{ marker, type, blob, file, line }] : [];
};

const readText = (file: string): string => {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
};

/** Every line of these known_hosts files that means the host, in order. @param host in lower case: `host` or `[host]:port` */
export const knownKeys = (host: string, files: readonly string[]): readonly KnownKey[] =>
  files.flatMap((file) =>
    readText(file)
      .split("\n")
      .flatMap((text, index) => parseLine(text, host, file, index + 1)),
  );

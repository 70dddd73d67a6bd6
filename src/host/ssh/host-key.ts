import { createHash } from "node:crypto";
import { UserError } from "../../shared/errors.ts";
import { quote } from "../../shared/quote.ts";
import type { Hop, HostKeyRules } from "./hop.ts";
import { type KnownKey, keyType, knownKeys } from "./known-hosts.ts";

/** `SHA256:…` as OpenSSH shows it. */
export const fingerprint = (blob: Buffer): string => `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;

const shortNames: Readonly<Record<string, string>> = { "ssh-ed25519": "ED25519", "ssh-rsa": "RSA" };

/** ED25519, RSA or ECDSA, as OpenSSH calls a type of key in its questions. */
export const typeName = (blob: Buffer): string => shortNames[keyType(blob)] ?? keyType(blob).replace(/^ecdsa-sha2-.*/, "ECDSA");

export type HostKeyVerdict =
  | { readonly kind: "known" }
  | { readonly kind: "unknown"; readonly authorities: readonly KnownKey[] }
  | { readonly kind: "changed"; readonly known: KnownKey }
  | { readonly kind: "revoked"; readonly known: KnownKey };

const filesOf = (rules: HostKeyRules): readonly string[] => [...rules.userFiles, ...rules.globalFiles];

const judgeName = (host: string, blob: Buffer, files: readonly string[]): HostKeyVerdict => {
  const lines = knownKeys(host, files);
  const revoked = lines.find(({ marker, blob: known }) => marker === "revoked" && known.equals(blob));
  if (revoked !== undefined) return { kind: "revoked", known: revoked };
  const plain = lines.filter(({ marker }) => marker === "");
  if (plain.some(({ blob: known }) => known.equals(blob))) return { kind: "known" };
  // A key of any type that differs counts as changed, as with OpenSSH: otherwise an attacker would just offer another type.
  const known = plain.find(({ type }) => type === keyType(blob)) ?? plain[0];
  if (known !== undefined) return { kind: "changed", known };
  return { kind: "unknown", authorities: lines.filter(({ marker }) => marker === "cert-authority") };
};

/** What known_hosts says about a server's key, by OpenSSH's rules (sshconnect.c, hostfile.c). */
export const judgeHostKey = (blob: Buffer, rules: HostKeyRules): HostKeyVerdict => {
  const verdict = judgeName(rules.lookUp, blob, filesOf(rules));
  if (verdict.kind !== "unknown" || rules.plain === undefined) return verdict;
  return judgeName(rules.plain, blob, filesOf(rules)).kind === "known" ? { kind: "known" } : verdict;
};

/** OpenSSH's order, without SHA-1. */
const allAlgorithms = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "rsa-sha2-512",
  "rsa-sha2-256",
] as const;

export type HostKeyAlgorithm = (typeof allAlgorithms)[number];

/** The algorithms to ask for, those first whose keys are known: otherwise a known host would look changed because it has several keys. */
export const hostKeyAlgorithms = (rules: HostKeyRules): readonly HostKeyAlgorithm[] => {
  const types = new Set(
    knownKeys(rules.lookUp, filesOf(rules))
      .filter(({ marker }) => marker === "")
      .map(({ type }) => type),
  );
  const known = allAlgorithms.filter((name) => types.has(name.replace(/^rsa-sha2-.*/, "ssh-rsa")));
  return [...known, ...allAlgorithms.filter((name) => !known.includes(name))];
};

const place = ({ file, line }: KnownKey): string => `${file}:${line}`;

/** The refusal of a key that is not the one known. */
export const changedKey = (hop: Hop, blob: Buffer, known: KnownKey): UserError =>
  new UserError(`the host key of ${hop.name} (${hop.hostKeys.lookUp}) is not the one that ${place(known)} has`, {
    exit: "unreachable",
    host: hop.name,
    output: `known:   ${typeName(known.blob)} ${fingerprint(known.blob)}\noffered: ${typeName(blob)} ${fingerprint(blob)}`,
    probably: "the machine was installed anew or its address given to another one; or someone stands in between",
    hint: `compare the offered fingerprint with the machine's own (there: ssh-keygen -lf /etc/ssh/ssh_host_${typeName(blob).toLowerCase()}_key.pub); when they are equal: ssh-keygen -f ${quote(known.file)} -R ${quote(hop.hostKeys.lookUp)}`,
  });

export const revokedKey = (hop: Hop, blob: Buffer, known: KnownKey): UserError =>
  new UserError(`the host key of ${hop.name} (${typeName(blob)} ${fingerprint(blob)}) is marked @revoked in ${place(known)}`, {
    exit: "unreachable",
    host: hop.name,
    hint: "whoever marked it holds that key to be stolen: give the machine a new host key; kbs does not connect with this one",
  });

const authorityHint = (authorities: readonly KnownKey[]): string =>
  authorities.length === 0
    ? ""
    : `; the @cert-authority line ${authorities.map(place).join(", ")} would have decided for ssh, but kbs cannot use host certificates, so the plain key must be known`;

/** The refusal of a key that nobody knows. */
export const unknownKey = (hop: Hop, blob: Buffer, authorities: readonly KnownKey[]): UserError =>
  new UserError(`the host key of ${hop.name} (${hop.hostKeys.lookUp}) is unknown: ${typeName(blob)} ${fingerprint(blob)}`, {
    exit: "unreachable",
    host: hop.name,
    hint: `compare it with the machine's own and connect once with ssh, or run again with --accept-new-host-keys to trust whatever answers now${authorityHint(authorities)}`,
  });

/** OpenSSH's question, so that a person meets known words. */
export const hostKeyQuestion = (hop: Hop, blob: Buffer, authorities: readonly KnownKey[]): string =>
  [
    `The authenticity of host '${hop.hostKeys.lookUp}' (${hop.name}) can't be established.`,
    ...(authorities.length > 0
      ? [`(${authorities.map(place).join(", ")} has a certificate authority for it, but kbs cannot use host certificates.)`]
      : []),
    `${typeName(blob)} key fingerprint is ${fingerprint(blob)}.`,
    "Are you sure you want to continue connecting (yes/no/[fingerprint])? ",
  ].join("\n");

import { createPublicKey } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { command, tryCommand } from "../lab/command.ts";
import type { LabHost } from "../lab/index.ts";

/** Texts that must not be found, and what each of them is. */
export type Needles = ReadonlyMap<string, string>;

/** Milliseconds for a search through all of a host. */
const searchTimeout = 5 * 60_000;

const keyPattern = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]+?-----END [A-Z ]*PRIVATE KEY-----/g;
const dataPattern = /(?<=client-key-data: )\S+/g;
const tokenPattern = /\b[a-z0-9]{6}\.(?<secret>[a-z0-9]{16})\b/g;

/** What is left of a text after its first line would still be the better part of a key. */
const pieceLength = 64;

const pieces = (text: string): string[] => (text.length <= pieceLength ? [text] : (text.match(new RegExp(`.{${pieceLength}}`, "g")) ?? []));

/** Whether a line holds nothing but a part of the public key, as a certificate may have it on a line of its own. */
const isPublic = (line: string, publicKey: Buffer): boolean => publicKey.includes(Buffer.from(line, "base64"));

/** What a certificate tells of a key as well. OpenSSH's own format is in none. */
const publicPart = (pem: string): Buffer =>
  pem.includes("BEGIN OPENSSH") ? Buffer.alloc(0) : createPublicKey(pem).export({ type: "spki", format: "der" });

/** A private key by each of its lines that is secret, and by the pieces of its base64, as kubeconfigs have it. */
const ofKey = (pem: string, what: string): [string, string][] => {
  const publicKey = publicPart(pem);
  // A last line may be a few letters, which other texts have too.
  const lines = pem.split("\n").filter((line) => line.length >= 24 && !line.startsWith("-----") && !isPublic(line, publicKey));
  // Of the base64 the pieces that hold a part of such a line.
  const secret = pieces(Buffer.from(pem).toString("base64")).filter((piece) => {
    const at = pem.indexOf(Buffer.from(piece, "base64").toString());
    return lines.some((line) => pem.indexOf(line) < at + pieceLength * 0.75 && at < pem.indexOf(line) + line.length);
  });
  return [...lines, ...secret].map((text) => [text, `a line of ${what}`]);
};

/** The private keys in a text. */
export const keysIn = (text: string, where: string): [string, string][] => {
  const embedded = [...text.matchAll(dataPattern)].map(([data]) => Buffer.from(data, "base64").toString());
  return [text, ...embedded].flatMap((part) =>
    [...part.matchAll(keyPattern)].flatMap(([pem]) => ofKey(pem, `the private key in ${where}`)),
  );
};

/** The bootstrap tokens in a text, and their base64. */
export const tokensIn = (text: string): [string, string][] =>
  [...text.matchAll(tokenPattern)].flatMap(({ groups }) => ofText(groups?.["secret"] ?? "", "a bootstrap token's secret"));

/** A text as it is, and in the forms in which it could be passed on. */
export const ofText = (text: string, what: string): [string, string][] =>
  [text, Buffer.from(text).toString("base64"), encodeURIComponent(text)].map((form) => [form, what]);

/** Every file of a host in these folders, by its path on this machine: `/proc/PID/root` is the host's own view. */
function* filesBelow(directory: string, visit: (mode: number, isDirectory: boolean) => boolean): Generator<string> {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (!entry.isDirectory() && !entry.isFile()) continue;
    const found = statSync(path, { throwIfNoEntry: false });
    if (!found || !visit(found.mode, found.isDirectory())) continue;
    if (found.isDirectory()) yield* filesBelow(path, visit);
    else yield path;
  }
}

/** The permission bit that others need: to pass through a folder, to read a file. */
const othersMay = (mode: number, isDirectory: boolean): boolean => (mode & (isDirectory ? 0o001 : 0o004)) !== 0;

/** The files of this machine that others than their owner and group may read. */
export const readableByOthers = (directory: string): string[] =>
  othersMay(statSync(directory).mode, true) ? [...filesBelow(directory, othersMay)] : [];

export const everyFile = (directory: string): string[] => [...filesBelow(directory, () => true)];

/** Also one that is not yet renamed to its name. */
const privateKeyFile = /\.(?:key|pem|conf)~?$/;

/** Every private key that a host holds where Kubernetes keeps them. */
export const keysOf = (root: string, host: LabHost): [string, string][] =>
  ["/etc/kubernetes", "/var/lib/kubelet/pki"]
    .flatMap((folder) => (existsSync(join(root, folder)) ? everyFile(join(root, folder)) : []))
    .filter((path) => privateKeyFile.test(path))
    .flatMap((path) => keysIn(readFileSync(path, "utf8"), `${host.name}:${path.slice(root.length)}`));

/** Whatever in a text is one of the needles, by what it is. */
export const findIn = (text: string, needles: Needles): string[] => [
  ...new Set([...needles].flatMap(([needle, what]) => (text.includes(needle) ? [what] : []))),
];

/** The files that hold one of the needles. The needles go to grep in a file that nobody else can read. */
export const filesWith = async (files: readonly string[], needles: Needles, scratch: string): Promise<string[]> => {
  const [list, patterns] = [join(scratch, "files"), join(scratch, "needles")];
  await writeFile(list, files.map((file) => `${file}\0`).join(""));
  await writeFile(patterns, `${[...needles.keys()].join("\n")}\n`, { mode: 0o600 });
  // 123: in one of its runs, grep found nothing (1), or met a file that is gone by now (2).
  const { code, stdout } = await tryCommand("sh", ["-c", 'LC_ALL=C xargs -0 grep -a -s -l -F -f "$1" -- <"$2"', "sh", patterns, list], {
    timeout: searchTimeout,
  });
  if (code !== 0 && code !== 123) throw new Error(`the search ended with ${code}`);
  await command("rm", ["-f", patterns], { timeout: 10_000 });
  return stdout.split("\n").filter((line) => line !== "");
};

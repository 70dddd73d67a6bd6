import type { FileHandle } from "node:fs/promises";
import { UserError } from "../shared/errors.ts";
import { blockSize, checksum, padding } from "./tar.ts";

// Reads what tars of this world hold: ustar and pax (POSIX.1-2001), GNU long names and sizes in base 256.

/** Where the content of a regular file lies in an archive, in bytes. */
export interface TarEntry {
  readonly offset: number;
  readonly size: number;
}

/** Any text; pax and GNU headers larger than this are nobody's honest file name. */
const longestHeader = 1024 * 1024;

const damaged = (path: string, what: string): UserError =>
  new UserError(`${path} is not a whole tar file: ${what}`, {
    probably: "it was cut or changed while it was copied",
    hint: `copy it again and compare the sums of both ends with "sha256sum"`,
  });

const text = (block: Buffer, start: number, length: number): string => {
  const field = block.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.toString("utf8", 0, end === -1 ? length : end);
};

const number = (block: Buffer, start: number, length: number): number => {
  if ((block[start] ?? 0) & 0x80) return Number(BigInt(`0x${block.toString("hex", start + 4, start + length)}`));
  const digits = text(block, start, length).trim();
  return /^[0-7]*$/.test(digits) ? Number.parseInt(digits || "0", 8) : Number.NaN;
};

/** Records of a pax header: `<length> <key>=<value>\n`, where the length in bytes counts the whole record. */
const paxRecords = (content: Buffer): Map<string, string> => {
  const records = new Map<string, string>();
  for (let at = 0; at < content.length; ) {
    const length = Number.parseInt(content.toString("latin1", at, at + 20), 10);
    const record = content.toString("utf8", at, at + length - 1);
    const [head = "", ...value] = record.split("=");
    if (!(length > 0)) break;
    records.set(head.slice(head.indexOf(" ") + 1), value.join("="));
    at += length;
  }
  return records;
};

const headerName = (block: Buffer): string => {
  const prefix = text(block, 257, 6) === "ustar" ? text(block, 345, 155) : "";
  return prefix === "" ? text(block, 0, 100) : `${prefix}/${text(block, 0, 100)}`;
};

const compressions: readonly [magic: string, name: string, tool: string][] = [
  ["1f8b", "gzip", "gunzip"],
  ["28b52ffd", "zstd", "unzstd"],
  ["fd377a58", "xz", "unxz"],
];

const refuseCompressed = (path: string, block: Buffer): void => {
  const found = compressions.find(([magic]) => block.toString("hex").startsWith(magic));
  if (found)
    throw new UserError(`${path} is compressed with ${found[1]}, a bundle is a plain tar file`, { hint: `unpack it with ${found[2]}` });
};

interface Archive {
  readonly file: FileHandle;
  readonly path: string;
  readonly size: number;
}

const readAt = async ({ file, path }: Archive, position: number, length: number): Promise<Buffer> => {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await file.read(bytes, 0, length, position);
  if (bytesRead < length) throw damaged(path, `it ends at byte ${position + bytesRead}, before its end mark`);
  return bytes;
};

/** What headers before an entry say about it; they overrule the entry's own. */
interface Overrides {
  readonly name?: string | undefined;
  readonly size?: string | undefined;
}

interface Entry extends TarEntry {
  readonly type: string;
  readonly name: string;
}

/** The entry whose header stands at this byte; undefined at the end mark. */
const readEntry = async (archive: Archive, position: number, overrides: Overrides): Promise<Entry | undefined> => {
  const { path } = archive;
  const header = await readAt(archive, position, blockSize);
  if (position === 0) refuseCompressed(path, header);
  if (header.every((byte) => byte === 0)) {
    // The end mark is two such blocks. Half of it is a file that was cut.
    await readAt(archive, position + blockSize, blockSize);
    return undefined;
  }
  if (number(header, 148, 8) !== checksum(header)) throw damaged(path, `the header at byte ${position} has a wrong checksum`);
  const name = overrides.name ?? headerName(header);
  const size = overrides.size === undefined ? number(header, 124, 12) : Number(overrides.size);
  const offset = position + blockSize;
  if (!Number.isSafeInteger(size) || size < 0) throw damaged(path, `the header at byte ${position} tells no size`);
  if (offset + size > archive.size) throw damaged(path, `it ends within ${name}, with ${archive.size - offset} of ${size} bytes`);
  return { type: text(header, 156, 1), name, size, offset };
};

/** What a header about the next entry says; undefined for an entry that is none. */
const readOverrides = async (archive: Archive, { type, size, offset }: Entry): Promise<Overrides | undefined> => {
  if (type !== "x" && type !== "L") return undefined;
  if (size > longestHeader) throw damaged(archive.path, `the header at byte ${offset - blockSize} has ${size} bytes`);
  const content = await readAt(archive, offset, size);
  if (type === "L") return { name: text(content, 0, size) };
  const records = paxRecords(content);
  return { name: records.get("path"), size: records.get("size") };
};

/** Regular files: "7", once for contiguous ones, is read as "0", as POSIX says; so is NUL, of the time before ustar. */
const regular = new Set(["", "0", "7"]);

/**
 * The regular files of an archive by name, without a leading `./`; of equal names the last counts, as for tar itself.
 * Reads headers only, so it costs one small read per entry, however large they are.
 * @throws UserError for a file that is compressed, cut short, or no tar.
 */
export const indexTar = async (file: FileHandle, path: string): Promise<Map<string, TarEntry>> => {
  const archive = { file, path, size: (await file.stat()).size };
  const entries = new Map<string, TarEntry>();
  let overrides: Overrides = {};
  for (let position = 0; ; ) {
    const entry = await readEntry(archive, position, overrides);
    if (!entry) return entries;
    const { type, name, offset, size } = entry;
    if (regular.has(type)) entries.set(name.replace(/^(\.\/)+/, ""), { offset, size });
    const more = await readOverrides(archive, entry);
    overrides = more ? { ...overrides, ...more } : {};
    position = offset + size + padding(size);
  }
};

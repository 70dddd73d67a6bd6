import { readFile, stat } from "node:fs/promises";
import { UserError } from "../shared/errors.ts";

/** Far above any real cluster: ten thousand hosts are one megabyte. */
const largest = 16 * 1024 * 1024;

export interface Source {
  /** As the user named it; `-` for standard input. */
  readonly name: string;
  readonly text: string;
  /** Whether people other than its owner can read the file. */
  readonly openToOthers: boolean;
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  ENOTDIR: "a part of the path is not a folder",
  EACCES: "it may not be read by this user",
  EPERM: "it may not be read by this user",
  EISDIR: "it is a folder, not a file",
  ELOOP: "its symbolic links run in a circle",
};

const unreadable = (name: string, error: unknown): UserError => {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const hint = code === "ENOENT" ? "`kbs create config > cluster.yaml` writes a file to start from" : undefined;
  return new UserError(`cannot read the configuration ${JSON.stringify(name)}: ${reasons[code] ?? `error ${code || String(error)}`}`, {
    exit: "usage",
    cause: error,
    ...(hint === undefined ? {} : { hint }),
  });
};

const decode = (name: string, bytes: Uint8Array): string => {
  const refuse = (what: string): UserError => new UserError(`the configuration ${JSON.stringify(name)} ${what}`, { exit: "usage" });
  if (bytes.length > largest) throw refuse(`is larger than ${largest / 1024 / 1024} MiB`);
  if (bytes.includes(0)) throw refuse("is not a text in UTF-8: it holds a zero byte");
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw refuse("is not a text in UTF-8");
  }
};

const readAll = async (stream: AsyncIterable<string | Uint8Array>): Promise<Uint8Array> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    chunks.push(typeof chunk === "string" ? Buffer.from(chunk) : chunk);
    size += chunk.length;
    if (size > largest) break;
  }
  return Buffer.concat(chunks);
};

/**
 * The text of a configuration, from a file or, for `-`, from standard input.
 * @throws UserError, one sentence, for what is missing, unreadable, too large or no UTF-8
 */
export const readSource = async (name: string, stdin: AsyncIterable<string | Uint8Array>): Promise<Source> => {
  if (name === "-") return { name, text: decode(name, await readAll(stdin)), openToOthers: false };
  try {
    const about = await stat(name);
    if (about.isFile() && about.size > largest) return { name, text: decode(name, new Uint8Array(largest + 1)), openToOthers: false };
    const bytes = await readFile(name);
    return { name, text: decode(name, bytes), openToOthers: about.isFile() && (about.mode & 0o044) !== 0 };
  } catch (error) {
    throw error instanceof UserError ? error : unreadable(name, error);
  }
};

import { closeSync, fstatSync, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";
import { runFolder } from "./state-folder.ts";

/** What a list of runs tells of each. What a run did not come to is absent. */
export interface KeptRun {
  readonly path: string;
  /** `20260102-120304-create-cluster-4711`: what every run has, even one that ended before it had an id. */
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly began: number;
  readonly run?: string;
  readonly cluster?: string;
  readonly command?: string;
  /** As docs/exit-codes.md names it; absent while it goes on, and when it was killed. */
  readonly exit?: string;
  readonly changed?: number;
  /** Milliseconds. */
  readonly took?: number;
}

/** Bytes of a file's beginning and of its end that are looked at: `run-started` names every host, `run-ended` says what to type next. */
const glance = 256 * 1024;

const readPart = (handle: number, from: number, length: number): string => {
  const buffer = Buffer.alloc(length);
  return buffer.toString("utf8", 0, readSync(handle, buffer, 0, length, from));
};

/** The first and the last lines of a file; the whole of a small one twice. */
const endsOf = (path: string): { readonly head: readonly string[]; readonly tail: readonly string[] } => {
  const handle = openSync(path, "r");
  try {
    const { size } = fstatSync(handle);
    const length = Math.min(glance, size);
    return { head: readPart(handle, 0, length).split("\n"), tail: readPart(handle, size - length, length).split("\n") };
  } finally {
    closeSync(handle);
  }
};

type Fields = Readonly<Record<string, unknown>>;

/** A line as an event of that type; undefined for any other, and for a line that is cut. */
const eventOf = (line: string, type: string): Fields | undefined => {
  if (!line.startsWith(`{"type":"${type}"`)) return undefined;
  try {
    const event: Fields = JSON.parse(line);
    return event;
  } catch {
    return undefined;
  }
};

const find = (lines: readonly string[], type: string): Fields =>
  lines.reduce<Fields | undefined>((found, line) => found ?? eventOf(line, type), undefined) ?? {};

const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
const numberOf = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);

/** Milliseconds since the epoch, of a name's stamp. */
const stampOf = (name: string): number => {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)-/.exec(name) ?? [];
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
};

const lookAt = (folder: string, file: string): KeptRun => {
  const path = join(folder, file);
  const name = file.replace(/\.ndjson$/, "");
  const { head, tail } = endsOf(path);
  const [started, ended] = [find(head, "run-started"), find(tail.toReversed(), "run-ended")];
  const [run, cluster, command] = [textOf(started["run"]), textOf(started["cluster"]), textOf(started["command"])];
  const [exit, changed, took] = [textOf(ended["exit"]), numberOf(ended["changed"]), numberOf(ended["took"])];
  return {
    path,
    name,
    began: numberOf(started["time"]) ?? stampOf(name),
    ...(run !== undefined && { run }),
    ...(cluster !== undefined && { cluster }),
    ...(command !== undefined && { command }),
    ...(exit !== undefined && { exit }),
    ...(changed !== undefined && { changed }),
    ...(took !== undefined && { took }),
  };
};

const isMissing = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ENOENT";

/** The runs of this operator whose events are kept, newest first. @throws the system's error when they cannot be read */
export const keptRuns = (env: Readonly<Record<string, string | undefined>>): readonly KeptRun[] => {
  const folder = runFolder(env);
  try {
    return readdirSync(folder)
      .filter((file) => /^\d{8}-\d{6}-.+-\d+\.ndjson$/.test(file))
      .map((file) => lookAt(folder, file))
      .toSorted((a, b) => b.began - a.began || b.name.localeCompare(a.name));
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
};

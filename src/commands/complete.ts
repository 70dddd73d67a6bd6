import type { AnyCommand, Completion, Options } from "./command.ts";
import { configFile } from "./fleet.ts";
import type { Io } from "./io.ts";
import { globalOptions } from "./shared-options.ts";

interface Candidate {
  readonly word: string;
  readonly summary: string;
}

/** What a shell is to offer: words, or the names of files. */
export type Candidates = readonly Candidate[] | "files";

interface Line {
  /** Words that are neither flags nor their values. */
  readonly plain: readonly string[];
  /** Values of flags, by the flag's name. */
  readonly values: ReadonlyMap<string, string>;
  /** The flag whose value is being typed. */
  readonly open?: string;
}

const findFlag = (word: string, options: Options): string | undefined => {
  const [long, short] = [/^--([\w-]+)$/.exec(word)?.[1], /^-(\w)$/.exec(word)?.[1]];
  return Object.entries(options).find(([name, { alias }]) => name === long || (alias !== undefined && alias === short))?.[0];
};

/** Reads the finished words of a line as far as they make sense. */
const readLine = (words: readonly string[], options: Options): Line => {
  const plain: string[] = [];
  const values = new Map<string, string>();
  let open: string | undefined;
  for (const [index, word] of words.entries()) {
    if (word === "=" || (open === undefined && words[index - 1] === "=")) continue; // bash cuts `--limit=h1` into three words
    if (open !== undefined) values.set(open, word);
    const flag = open === undefined ? findFlag(word, options) : undefined;
    if (open === undefined && !word.startsWith("-")) plain.push(word);
    open = flag !== undefined && options[flag]?.kind === "value" ? flag : undefined;
  }
  return { plain, values, ...(open !== undefined && { open }) };
};

/** Names of the hosts in the configuration that the line means; none when it cannot be read. */
const hostNames = async (line: Line, io: Io): Promise<readonly string[]> => {
  try {
    const { loadConfig } = await import("../config/load.ts");
    const file = await configFile(line.values.get("file"), io);
    // Standard input is not there to be read while a line is being typed.
    if (file === "-") return [];
    const { cluster } = await loadConfig(file, { env: io.env });
    return cluster.hosts.map(({ name }) => name);
  } catch {
    return [];
  }
};

/** Words of a list: what is before the last comma stays, and is not offered again. */
const inList = (names: readonly string[], typed: string): readonly Candidate[] => {
  const before = typed.slice(0, typed.lastIndexOf(",") + 1);
  const taken = new Set(before.split(","));
  return names.filter((name) => !taken.has(name)).map((name) => ({ word: `${before}${name}`, summary: "host" }));
};

/** Runs by their ids, newest first; files where none begins like that. */
const runsOrFiles = async (typed: string, { env }: Io): Promise<Candidates> => {
  const { keptRuns } = await import("../engine/progress/kept-runs.ts");
  const words = keptRuns(env).map(({ run, name, cluster = "", exit = "no end" }) => ({
    word: run?.slice(0, 8) ?? name,
    summary: `${name} ${cluster} ${exit}`,
  }));
  const fitting = words.filter(({ word }) => word.startsWith(typed));
  return fitting.length === 0 ? "files" : fitting;
};

const valuesOf = async (completion: Completion | undefined, line: Line, typed: string, io: Io): Promise<Candidates> => {
  if (completion === "file") return "files";
  if (completion === "runs") return await runsOrFiles(typed, io);
  if (completion === "hosts") return inList(await hostNames(line, io), typed);
  return (completion ?? []).map((word) => ({ word, summary: "" }));
};

const flagsOf = (options: Options): readonly Candidate[] =>
  Object.entries(options).map(([name, { summary }]) => ({ word: `--${name}`, summary }));

const nextWords = (
  plain: readonly string[],
  commands: readonly AnyCommand[],
  groups: Readonly<Record<string, string>>,
): readonly Candidate[] => {
  const under = commands.filter(({ path }) => path.length > plain.length && plain.every((word, index) => path[index] === word));
  const words = new Map(
    under.map(({ path, summary }) => {
      const word = path[plain.length] ?? "";
      return [word, path.length === plain.length + 1 ? summary : (groups[word] ?? "")];
    }),
  );
  return [...words].map(([word, summary]) => ({ word, summary }));
};

/** `--name=value` in three words, as bash has cut it already; zsh and fish hand it over as it is. */
const cut = (word: string): readonly string[] => {
  const [, flag, value] = /^(--[\w-]+)=(.*)$/s.exec(word) ?? [];
  return flag === undefined || value === undefined ? [word] : [flag, "=", value];
};

/**
 * What may stand where the cursor is.
 * @param words the line's words after `kbs`; the last is the one being typed, and may be empty
 */
export const complete = async (
  words: readonly string[],
  commands: readonly AnyCommand[],
  groups: Readonly<Record<string, string>>,
  io: Io,
): Promise<Candidates> => {
  const parts = words.flatMap(cut);
  // An equals sign at the end: the value is still empty.
  const typed = parts.at(-1) === "=" ? "" : (parts.at(-1) ?? "");
  const finished = parts.at(-1) === "=" ? parts : parts.slice(0, -1);
  // The shell replaces the whole word that it has handed over.
  const [whole = ""] = words.slice(-1);
  const before = cut(whole).length > 1 ? whole.slice(0, whole.length - typed.length) : "";
  const everything: Options = Object.assign({}, ...commands.map(({ options }) => options), globalOptions);
  const line = readLine(finished, everything);
  // The longest: `kbs init` is a command, and so is `kbs init phase`.
  const command = commands
    .filter(({ path }) => path.length <= line.plain.length && path.every((word, index) => line.plain[index] === word))
    .toSorted((a, b) => b.path.length - a.path.length)[0];
  const options: Options = { ...command?.options, ...globalOptions };
  const pick = (candidates: Candidates): Candidates =>
    candidates === "files" ? candidates : candidates.filter(({ word }) => word.startsWith(typed));
  const behind = (candidates: Candidates): Candidates =>
    candidates === "files" ? candidates : candidates.map(({ word, summary }) => ({ word: `${before}${word}`, summary }));
  if (line.open !== undefined) return behind(pick(await valuesOf(options[line.open]?.complete, line, typed, io)));
  if (finished.at(-1) === "=") return [];
  if (typed.startsWith("-")) return pick(flagsOf(options));
  if (command === undefined) return pick(nextWords(line.plain, commands, groups));
  const { place, path } = command;
  const deeper = line.plain.length === path.length ? nextWords(line.plain, commands, groups) : [];
  if (deeper.length > 0 && place === undefined) return pick(deeper);
  if (place === undefined || (line.plain.length > path.length && place.many !== true)) return [];
  if (place.choices === undefined) return pick(await valuesOf(place.complete, line, typed, io));
  return pick(place.choices.map((word) => ({ word, summary: place.summary })));
};

/** As the shells' scripts read it: `:files`, or a word, a tab and what it means on each line. */
export const candidatesText = (candidates: Candidates): string =>
  candidates === "files" ? ":files\n" : candidates.map(({ word, summary }) => `${word}\t${summary}\n`).join("");

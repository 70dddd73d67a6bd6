import yargs, { type Argv } from "yargs";
import { UserError } from "../shared/errors.ts";
import { nearest } from "../shared/nearest.ts";
import type { AnyCommand, Option, Options } from "./command.ts";
import { globalOptions } from "./shared-options.ts";
import { settleFlags } from "./typed-flags.ts";

/** What was typed, sorted out but not yet read: the command is absent when none was named. */
export interface Parsed {
  readonly command?: AnyCommand;
  /** Words that are neither flags nor their values. */
  readonly words: readonly string[];
  readonly typed: Readonly<Record<string, unknown>>;
}

/** Flags must be known before the command is, or `--yes create cluster` would take "create" for a value. */
const declare = (program: Argv, options: Options): Argv =>
  Object.entries(options).reduce((bound, [name, { kind, alias }]) => {
    const type = kind === "value" ? { type: "string" as const, requiresArg: true } : { type: "boolean" as const, count: kind === "count" };
    return bound.option(name, { ...type, ...(alias !== undefined && { alias }), global: false });
  }, program);

const everyOption = (commands: readonly AnyCommand[]): Options =>
  Object.fromEntries([...commands.flatMap(({ options }) => Object.entries(options)), ...Object.entries(globalOptions)]);

const didYouMean = (word: string, known: readonly string[], show: (word: string) => string): string => {
  const meant = nearest(word, known);
  return meant === undefined ? "" : `did you mean ${show(meant)}? `;
};

/** What yargs says of a flag without its value, in our words. */
const complaint = (message: string, options: Options): UserError => {
  const found = /Not enough arguments following: (.+)/.exec(message)?.[1];
  const [name] = Object.entries(options).find(([long, { alias }]) => long === found || alias === found) ?? [];
  return new UserError(name === undefined ? message : `--${name} needs a value`, { hint: "kbs --help tells what each flag takes" });
};

/** @throws UserError for flags by which yargs would find what every object of JavaScript has, and fail */
const refuseBuiltIn = (argv: readonly string[]): void => {
  const end = argv.indexOf("--");
  const names = argv.slice(0, end === -1 ? undefined : end).flatMap((word) => /^--([^=]+)/.exec(word)?.[1] ?? []);
  const found = names.find((name) => name in {});
  if (found !== undefined) throw new UserError(`kbs has no flag --${found}`, { hint: "kbs --help lists all" });
};

/**
 * Binds the registry to yargs, which sorts words, flags and values; what they mean is ours to judge.
 * @throws UserError when a flag lacks its value, or is called as what every object has
 */
export const parseLine = async (argv: readonly string[], commands: readonly AnyCommand[]): Promise<Parsed> => {
  refuseBuiltIn(argv);
  const all = everyOption(commands);
  let chosen: AnyCommand | undefined;
  const membersOf = (word: string): readonly AnyCommand[] => commands.filter(({ path }) => path.length > 1 && path[0] === word);
  const addCommand = (program: Argv, command: AnyCommand): Argv => {
    const { path, place } = command;
    const words = [...path.slice(-1), ...(place ? [`[${place.name}${place.many === true ? ".." : ""}]`] : [])];
    // `kbs init` is a command, and stands before others, too.
    const members = path.length === 1 ? membersOf(path[0] ?? "") : [];
    return program.command(
      words.join(" "),
      command.summary,
      (inner) => members.reduce(addCommand, declare(inner, all)),
      () => void (chosen = command),
    );
  };
  const program = declare(
    yargs()
      .scriptName("kbs")
      .locale("en") // its own texts follow the environment otherwise, and would be half of a message
      .exitProcess(false)
      .help(false)
      .version(false)
      .parserConfiguration({
        "populate--": true,
        "camel-case-expansion": false,
        "dot-notation": false,
        "parse-numbers": false,
        "parse-positional-numbers": false,
        "boolean-negation": false,
        "strip-aliased": true,
      })
      .fail((message: string | null, error: Error | undefined) => {
        // yargs tells its own complaints as a message, a YError, or both.
        if (error !== undefined && error.name !== "YError") throw error;
        throw complaint(message ?? error?.message ?? "the command line cannot be read", all);
      }),
    all,
  );
  const single = commands.filter(({ path }) => path.length === 1);
  for (const command of single) addCommand(program, command);
  const groups = new Set(commands.filter(({ path }) => path.length > 1).map(({ path }) => path[0] ?? ""));
  for (const { path } of single) groups.delete(path[0] ?? "");
  for (const group of groups) {
    program.command(
      group,
      false,
      (inner) => membersOf(group).reduce(addCommand, declare(inner, all)),
      () => undefined,
    );
  }
  const { argv: settled, unfit } = settleFlags(argv, all);
  const { _: words, $0: _, "--": rest = [], ...sorted } = await program.parseAsync([...settled]);
  const typed = { ...sorted, ...unfit };
  const { place, path } = chosen ?? { path: [] };
  const word = place && typed[place.name];
  const others = [...words.slice(path.length), ...(Array.isArray(rest) ? rest : [])].map(String);
  return {
    ...(chosen !== undefined && { command: chosen }),
    words: chosen === undefined ? words.map(String) : [...atPlace(word), ...others],
    typed: Object.fromEntries(Object.entries(typed).filter(([name]) => name !== place?.name)),
  };
};

/** What yargs puts at a command's place: a word, or a list of them; a lone dash, which means standard input, it takes for a flag without a name. */
const atPlace = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.map(String) : typeof value === "string" ? [value] : value === true ? ["-"] : [];

const readOption = (name: string, option: Option, typed: unknown): unknown => {
  if (Array.isArray(typed) && option.repeats === true) return option.read(typed.join(","), name);
  if (Array.isArray(typed)) throw new UserError(`--${name} is given ${typed.length} times; once is enough`);
  if (typed === undefined) return option.read(undefined, name);
  if (typeof typed === "string" || typeof typed === "number" || typeof typed === "boolean") return option.read(String(typed), name);
  throw new Error(`--${name} was read as ${typeof typed}`);
};

/** The values of a command's flags. @throws UserError for a flag it does not have, one given twice, and a value that does not fit. */
export const readOptions = (options: Options, typed: Parsed["typed"], where: string): Readonly<Record<string, unknown>> => {
  const aliases = new Set(Object.values(options).flatMap(({ alias }) => alias ?? []));
  for (const [name, value] of Object.entries(typed)) {
    if (name in options || aliases.has(name) || value === undefined || value === 0) continue;
    const flag = name.length === 1 ? `-${name}` : `--${name}`;
    const meant = didYouMean(name, Object.keys(options), (word) => `--${word}`);
    throw new UserError(`${where} has no flag ${flag}`, { hint: `${meant}${where} --help lists them` });
  }
  return Object.fromEntries(Object.entries(options).map(([name, option]) => [name, readOption(name, option, typed[name])]));
};

/** Why no command was found in what was typed. */
export const unknownCommand = (words: readonly string[], commands: readonly AnyCommand[]): UserError => {
  const [first = "", second] = words;
  const members = commands.filter(({ path }) => path.length > 1 && path[0] === first).map(({ path }) => path[1] ?? "");
  if (words.length === 0) return new UserError("no command is named", { hint: "kbs --help lists all" });
  if (members.length > 0 && second === undefined)
    return new UserError(`kbs ${first} what? It takes ${members.join(" or ")}`, { hint: `kbs ${first} ${members[0]} --help tells more` });
  const [word, known, before] =
    members.length > 0 ? [second ?? "", members, `kbs ${first}`] : [first, [...new Set(commands.map(({ path }) => path[0] ?? ""))], "kbs"];
  return new UserError(`${before} has no command ${JSON.stringify(word)}`, {
    hint: `${didYouMean(word, known, (meant) => `${before} ${meant}`)}kbs --help lists all`,
  });
};

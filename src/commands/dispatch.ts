import { type ExitName, UserError } from "../shared/errors.ts";
import { type Parsed, parseLine, readOptions, unknownCommand } from "./bind.ts";
import { wantsColor } from "./color.ts";
import type { AnyCommand, Globals } from "./command.ts";
import { commandHelp, overviewHelp } from "./help.ts";
import type { Io } from "./io.ts";
import { commands } from "./registry.ts";
import { globalOptions } from "./shared-options.ts";

/** Help is laid out for a screen, but never wider than is good to read. */
const widestHelp = 100;

const globalsOf = (io: Io, typed: Parsed["typed"]): Globals => ({
  verbosity: Number(typed["verbose"] ?? 0),
  quiet: typed["quiet"] === true,
  color: wantsColor(io, io.stderr, typed["no-color"] === true),
  answerColor: wantsColor(io, io.stdout, typed["no-color"] === true),
  debug: typed["debug"] === true,
});

/** The word at a command's place. @throws UserError when it is none of the choices, and when there are more words than places. */
const wordOf = ({ path, place }: AnyCommand, words: readonly string[]): string => {
  const name = `kbs ${path.join(" ")}`;
  const [word = place?.fallback, ...more] = place === undefined ? ["", ...words] : words;
  const others = place?.many === true ? [] : more;
  if (others[0] !== undefined)
    throw new UserError(`${name} takes no word ${JSON.stringify(others[0])}`, { hint: `${name} --help tells what it takes` });
  if (place === undefined) return "";
  const { choices, summary } = place;
  if (word !== undefined && (choices === undefined || choices.includes(word))) return word;
  throw new UserError(word === undefined ? `${name} for what?` : `${name} knows no ${JSON.stringify(word)}`, {
    hint: `it takes ${choices === undefined ? summary : choices.join(", ")}`,
  });
};

const helpFor = ({ command, words }: Parsed, io: Io): string => {
  const width = Math.min(widestHelp, io.stdout.columns ?? 80);
  if (command !== undefined) return commandHelp(command, width);
  const [group] = words;
  if (group !== undefined && !commands.some(({ path }) => path[0] === group)) throw unknownCommand(words, commands);
  return overviewHelp(commands, group, width);
};

/**
 * Reads a command line and does what it says.
 * @throws UserError for a line that means nothing; whatever the command throws
 */
export const dispatch = async (argv: readonly string[], io: Io): Promise<ExitName> => {
  const parsed = await parseLine(argv, commands);
  const { command, words, typed } = parsed;
  if (typed["help"] === true || argv.length === 0) {
    io.stdout.write(helpFor(parsed, io));
    return "done";
  }
  if (command === undefined && words.length === 0) readOptions(globalOptions, typed, "kbs");
  if (command === undefined) throw unknownCommand(words, commands);
  const values = readOptions({ ...globalOptions, ...command.options }, typed, `kbs ${command.path.join(" ")}`);
  return await command.run(values, { io, globals: globalsOf(io, typed), word: wordOf(command, words), words });
};

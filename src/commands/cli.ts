import { toEventError } from "../engine/events.ts";
import { errorText } from "../engine/progress/error-text.ts";
import { type ExitName, exitCodes, UserError } from "../shared/errors.ts";
import { painter } from "../shared/paint.ts";
import { secrets } from "../shared/secrets.ts";
import { type Parsed, parseLine, readOptions, unknownCommand } from "./bind.ts";
import type { AnyCommand, Globals } from "./command.ts";
import { commandHelp, overviewHelp } from "./help.ts";
import type { Io } from "./io.ts";
import { commands } from "./registry.ts";
import { globalOptions } from "./shared-options.ts";
import { version } from "./version-text.ts";

/** Help is laid out for a screen, but never wider than is good to read. */
const widestHelp = 100;

const wantsColor = ({ env, stderr }: Io, refused: boolean): boolean =>
  !refused && !env["NO_COLOR"] && env["TERM"] !== "dumb" && stderr.isTTY;

const globalsOf = (io: Io, typed: Parsed["typed"]): Globals => ({
  verbosity: Number(typed["verbose"] ?? 0),
  quiet: typed["quiet"] === true,
  color: wantsColor(io, typed["no-color"] === true),
  debug: typed["debug"] === true,
});

/** The word at a command's place. @throws UserError when it is none of the choices, and when there are more words than places. */
const wordOf = ({ path, place }: AnyCommand, words: readonly string[]): string => {
  const name = `kbs ${path.join(" ")}`;
  const [word = place?.fallback, ...others] = place === undefined ? ["", ...words] : words;
  if (others[0] !== undefined)
    throw new UserError(`${name} takes no word ${JSON.stringify(others[0])}`, { hint: `${name} --help tells what it takes` });
  if (place === undefined) return "";
  if (word !== undefined && place.choices.includes(word)) return word;
  throw new UserError(
    word === undefined ? `${name} what? It takes ${place.choices.join(", ")}` : `${name} has no ${place.name} ${JSON.stringify(word)}`,
    {
      hint: `it takes ${place.choices.join(", ")}`,
    },
  );
};

const helpFor = ({ command, words }: Parsed, io: Io): string => {
  const width = Math.min(widestHelp, io.stdout.columns ?? 80);
  if (command !== undefined) return commandHelp(command, width);
  const [group] = words;
  if (group !== undefined && !commands.some(({ path }) => path[0] === group)) throw unknownCommand(words, commands);
  return overviewHelp(commands, group, width);
};

const dispatch = async (parsed: Parsed, io: Io): Promise<ExitName> => {
  const { command, words, typed } = parsed;
  if (typed["help"] === true || io.argv.length === 0) {
    io.stdout.write(helpFor(parsed, io));
    return "done";
  }
  if (command === undefined && words.length === 0) readOptions(globalOptions, typed, "kbs");
  if (command === undefined) throw unknownCommand(words, commands);
  const values = readOptions({ ...globalOptions, ...command.options }, typed, `kbs ${command.path.join(" ")}`);
  return await command.run(values, { io, globals: globalsOf(io, typed), word: wordOf(command, words) });
};

/** A user's mistake, with what to do; or our bug, with whom to tell. */
const tellThrown = (thrown: unknown, { stderr }: Io, color: boolean, debug: boolean): ExitName => {
  const write = (text: string): unknown => stderr.write(`${secrets.mask(text)}\n`);
  if (thrown instanceof UserError) {
    const { host } = thrown.details;
    write(errorText(toEventError(thrown), host === undefined ? [] : [host], color));
    return thrown.exit;
  }
  const { message, stack } = thrown instanceof Error ? thrown : { message: String(thrown), stack: undefined };
  write(`${painter(color)("red", "bug:")} kbs ${version} failed in a way it should not: ${message.split("\n")[0]}`);
  write("  next:     please report it with the log of this run; --debug shows where it happened");
  if (debug && stack !== undefined) write(stack);
  return "bug";
};

/**
 * One call of kbs.
 * @returns its exit code
 */
export const runCli = async (io: Io): Promise<number> => {
  if (io.argv.length === 1 && io.argv[0] === "--version") {
    io.stdout.write(`kbs ${version}\n`);
    return exitCodes.done;
  }
  // `kbs help create cluster` is `kbs create cluster --help`.
  const argv = io.argv[0] === "help" ? [...io.argv.slice(1), "--help"] : io.argv;
  try {
    return exitCodes[await dispatch(await parseLine(argv, commands), io)];
  } catch (thrown) {
    return exitCodes[tellThrown(thrown, io, wantsColor(io, argv.includes("--no-color")), argv.includes("--debug"))];
  }
};

import { type ExitName, exitCodes } from "../shared/errors.ts";
import type { AnyCommand, Options } from "./command.ts";
import { globalOptions } from "./shared-options.ts";

/** What an exit means, for help and documentation. */
const exitMeanings: Readonly<Record<ExitName, string>> = {
  done: "done, or nothing to do",
  bug: "a bug of kbs",
  usage: "wrong usage or configuration",
  preflight: "a host is not fit; nothing was changed",
  unreachable: "a host is unreachable or refused the log-in",
  phase: "a phase failed or took too long",
  locked: "another run holds a host",
  changesPending: "changes are pending",
  interrupted: "interrupted",
};

/** Breaks a text at spaces so that no line is longer than `width`. */
const wrap = (text: string, width: number): readonly string[] =>
  text.split(" ").reduce<string[]>((lines, word) => {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
    return lines;
  }, []);

/** Rows of two columns, the second wrapped. A first cell wider than `most` has a line of its own. */
const columns = (rows: readonly (readonly [string, string])[], width: number, most = 32): readonly string[] => {
  const left = Math.min(most, Math.max(0, ...rows.map(([cell]) => cell.length)));
  return rows.flatMap(([cell, text]) => {
    const [first = "", ...more] = wrap(text, Math.max(20, width - left - 4));
    const head = cell.length > left ? [`  ${cell}`, `  ${" ".repeat(left)}  ${first}`] : [`  ${cell.padEnd(left)}  ${first}`];
    return [...head, ...more.map((line) => `  ${" ".repeat(left)}  ${line}`)];
  });
};

const optionRows = (options: Options): readonly (readonly [string, string])[] =>
  Object.entries(options).map(([name, { alias, placeholder, summary, kind }]) => {
    const value = kind === "value" ? ` ${placeholder ?? "TEXT"}` : "";
    return [`${alias === undefined ? "    " : `-${alias}, `}--${name}${value}`, summary];
  });

/** `0 done, or nothing to do; 1 a bug of kbs; …` */
const exitsOf = ({ exits }: AnyCommand): string =>
  (["done", "bug", "usage", ...exits, "interrupted"] as const)
    .toSorted((a, b) => exitCodes[a] - exitCodes[b])
    .map((exit) => `${exitCodes[exit]} ${exitMeanings[exit]}`)
    .join("; ");

const placeText = (place: AnyCommand["place"]): string => {
  if (place === undefined) return "";
  const words = place.choices?.join("|") ?? place.name.toUpperCase();
  if (place.many === true) return ` ${words}…`;
  return place.fallback === undefined ? ` ${words}` : ` [${words}]`;
};

/** The help text of one command. */
export const commandHelp = (command: AnyCommand, width: number): string => {
  const { path, place, summary, description, options, examples } = command;
  const own = optionRows(options);
  return [
    `Usage: kbs ${path.join(" ")}${placeText(place)} [flags]`,
    "",
    ...wrap(`${summary}.${description === undefined ? "" : ` ${description}`}`, width),
    "",
    "Examples:",
    ...columns(examples, width, 48),
    ...(own.length === 0 ? [] : ["", "Flags:", ...columns(own, width)]),
    "",
    "Flags of every command:",
    ...columns(optionRows(globalOptions), width),
    "",
    ...wrap(`Exit codes: ${exitsOf(command)}.`, width),
    "",
  ].join("\n");
};

/** The help text of kbs, or of one group of commands. */
export const overviewHelp = (commands: readonly AnyCommand[], group: string | undefined, width: number): string => {
  const shown = commands.filter(({ path }) => group === undefined || path[0] === group);
  return [
    `Usage: kbs ${group === undefined ? "" : `${group} `}COMMAND [flags]`,
    "",
    "Turns plain Linux machines into a Kubernetes cluster, and keeps that cluster alive.",
    "",
    "Commands:",
    ...columns(
      shown.map(({ path, summary }) => [path.join(" "), summary] as const),
      width,
    ),
    "",
    "Flags of every command:",
    ...columns([...optionRows(globalOptions), ["    --version", "Print the version of kbs"]], width),
    "",
    "kbs COMMAND --help tells more about one of them.",
    "",
  ].join("\n");
};

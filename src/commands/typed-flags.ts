import { parseGoBool } from "../shared/go-bool.ts";
import type { Option, Options } from "./command.ts";

/** -vvv: there is no more to say. */
const mostCounted = 3;

interface Said {
  readonly name: string;
  readonly kind: Option["kind"];
  /** Absent where it stands in the next word, or nowhere. */
  readonly value?: string;
}

interface Settled {
  readonly argv: readonly string[];
  /** Values of switches and counts that fit neither, by the flag's name: whoever reads the flag says so. */
  readonly unfit: Readonly<Record<string, string>>;
}

const find = (typed: string, options: Options): Said | undefined => {
  const [name, option] = Object.entries(options).find(([long, { alias }]) => typed === long || typed === alias) ?? [];
  return name === undefined || option === undefined ? undefined : { name, kind: option.kind };
};

/** `-vojson` letter by letter, as pflag reads it; nothing where a letter is no flag. */
const readLetters = (letters: string, options: Options): readonly Said[] | undefined => {
  const flag = find(letters.charAt(0), options);
  const rest = letters.slice(1);
  if (flag === undefined || rest === "") return flag && [flag];
  if (rest.startsWith("=")) return [{ ...flag, value: rest.slice(1) }];
  if (flag.kind === "value" || (flag.kind === "count" && /^\d+$/.test(rest))) return [{ ...flag, value: rest }];
  const others = readLetters(rest, options);
  return others && [flag, ...others];
};

/** The flags of a word that has them with their values; nothing for any other word. */
const readFlags = (word: string, options: Options): readonly Said[] | undefined => {
  const [, long, value] = /^--([^=]+)=(.*)$/s.exec(word) ?? [];
  if (long === undefined || value === undefined) return /^-[a-z]/i.test(word) ? readLetters(word.slice(1), options) : undefined;
  const flag = find(long, options);
  return flag && [{ ...flag, value }];
};

/**
 * The line as kubeadm's users type it, in yargs' words. Switches go by Go's true and false: yargs takes all but "true" for false, so `--dry-run=1`
 * would do what it was to show. `-v=5` and `-v5` are a level, `-ojson` is `-o json`.
 */
export const settleFlags = (argv: readonly string[], options: Options): Settled => {
  const unfit: Record<string, string> = {};
  const settle = ({ name, kind, value }: Said): readonly string[] => {
    const flag = `--${name}`;
    if (value === undefined) return [flag];
    if (kind === "value") return [`${flag}=${value}`];
    const fits = kind === "switch" ? parseGoBool(value) !== undefined : /^\d+$/.test(value);
    if (!fits) unfit[name] = value;
    if (kind === "switch") return [`${flag}=${parseGoBool(value) ?? true}`];
    return Array.from({ length: fits ? Math.min(Number(value), mostCounted) : 0 }, () => flag);
  };
  const end = argv.indexOf("--");
  const flags = end === -1 ? argv : argv.slice(0, end);
  const settled = flags.flatMap((word) => readFlags(word, options)?.flatMap(settle) ?? [word]);
  return { argv: [...settled, ...argv.slice(flags.length)], unfit };
};

import { parseGoBool } from "../shared/go-bool.ts";
import type { Options } from "./command.ts";

interface Switched {
  readonly argv: readonly string[];
  /** Values that are neither true nor false, by the switch's name: whoever reads the flag says so. */
  readonly unfit: Readonly<Record<string, string>>;
}

/**
 * The line with `--name=value` of switches as `true` or `false`, by Go's words for these: yargs takes all but "true" for false, so
 * `--dry-run=1` would do what it was to show.
 */
export const settleSwitches = (argv: readonly string[], options: Options): Switched => {
  const switches = Object.entries(options).filter(([, { kind }]) => kind === "switch");
  const unfit: Record<string, string> = {};
  const settle = (word: string): string => {
    const [, flag = "", value = ""] = /^(--?[^=]+)=(.*)$/s.exec(word) ?? [];
    const [name] = switches.find(([long, { alias }]) => flag === `--${long}` || (alias !== undefined && flag === `-${alias}`)) ?? [];
    if (name === undefined) return word;
    const on = parseGoBool(value);
    if (on === undefined) unfit[name] = value;
    return `--${name}=${on ?? true}`;
  };
  const end = argv.indexOf("--");
  const flags = end === -1 ? argv : argv.slice(0, end);
  return { argv: [...flags.map(settle), ...argv.slice(flags.length)], unfit };
};

import { parseDuration } from "../shared/duration.ts";
import { UserError } from "../shared/errors.ts";
import { parseGoBool } from "../shared/go-bool.ts";
import { nearest } from "../shared/nearest.ts";
import type { Completion, Option } from "./command.ts";

interface About {
  readonly alias?: string;
  readonly placeholder?: string;
  readonly complete?: Completion;
}

/** What a switch was set to. @throws UserError for what is neither true nor false */
const readSwitch = (typed: string, name: string): boolean => {
  const on = parseGoBool(typed);
  if (on === undefined) throw new UserError(`--${name}: ${JSON.stringify(typed)} is not true or false`);
  return on;
};

/** A flag without a value. */
export const onOff = (summary: string, about: Pick<About, "alias"> = {}): Option<boolean> => ({
  kind: "switch",
  summary,
  ...about,
  read: (typed = "false", name) => readSwitch(typed, name),
});

/** A flag that is on unless `--name=false` says otherwise. */
export const onUnlessOff = (summary: string): Option<boolean> => ({
  kind: "switch",
  summary: `${summary} (default: true)`,
  read: (typed = "true", name) => readSwitch(typed, name),
});

/** A flag that may be repeated to say more of it, or set to a number. */
export const count = (summary: string, about: Pick<About, "alias"> = {}): Option<number> => ({
  kind: "count",
  summary,
  ...about,
  read: (typed = "0", name) => {
    if (!/^\d+$/.test(typed)) throw new UserError(`--${name}: ${JSON.stringify(typed)} is not a whole number`);
    return Number(typed);
  },
});

export const text = (summary: string, about: About = {}): Option<string | undefined> => ({
  kind: "value",
  summary,
  ...about,
  read: (typed, name) => {
    if (typed === "") throw new UserError(`--${name} needs a value, and has an empty one`);
    return typed;
  },
});

/** Words separated by commas; given again, it adds to them, as kubeadm's do. */
export const list = (summary: string, about: About = {}): Option<readonly string[]> => ({
  kind: "value",
  repeats: true,
  summary,
  ...about,
  read: (typed, name) => {
    const words = typed?.split(",").map((word) => word.trim()) ?? [];
    if (words.some((word) => word === "")) throw new UserError(`--${name} ${JSON.stringify(typed)} holds an empty word`);
    return [...new Set(words)];
  },
});

export const wholeNumber = (summary: string, fallback: number, about: About = {}): Option<number> => ({
  kind: "value",
  summary: `${summary} (default: ${fallback})`,
  placeholder: "N",
  ...about,
  read: (typed, name) => {
    if (typed === undefined) return fallback;
    const number = Number(typed);
    if (!/^\d+$/.test(typed) || number < 1 || number > 10_000)
      throw new UserError(`--${name} ${JSON.stringify(typed)} is not a whole number from 1 to 10000`);
    return number;
  },
});

/** Whole seconds, 0 among them; undefined when the flag is absent. */
export const wholeSeconds = (summary: string, about: About = {}): Option<number | undefined> => ({
  kind: "value",
  summary,
  placeholder: "SECONDS",
  ...about,
  read: (typed, name) => {
    if (typed === undefined) return undefined;
    if (!/^\d{1,6}$/.test(typed)) throw new UserError(`--${name} ${JSON.stringify(typed)} is not a whole number of seconds`);
    return Number(typed);
  },
});

/** A duration as `90s`, `30m` or `1h30m`; its value is in seconds. */
export const duration = (summary: string, fallback: string, about: About = {}): Option<number> => ({
  kind: "value",
  summary: `${summary} (default: ${fallback})`,
  placeholder: "DURATION",
  ...about,
  read: (typed, name) => {
    const seconds = parseDuration(typed ?? fallback);
    // Timers of the platform overflow at 2^31 milliseconds, some 24 days.
    if (seconds === undefined || seconds === 0 || seconds > 20 * 24 * 3600)
      throw new UserError(`--${name} ${JSON.stringify(typed)} is not a duration such as 90s, 30m or 1h30m, of at most 20 days`);
    return seconds;
  },
});

export const choice = <const Word extends string>(summary: string, words: readonly [Word, ...Word[]], about: About = {}): Option<Word> => ({
  kind: "value",
  summary: `${summary} (default: ${words[0]})`,
  placeholder: words.join("|"),
  complete: words,
  ...about,
  read: (typed, name) => {
    if (typed === undefined) return words[0];
    const found = words.find((word) => word === typed);
    if (found !== undefined) return found;
    const meant = nearest(typed, words);
    throw new UserError(`--${name} ${JSON.stringify(typed)} is not ${words.join(" or ")}`, {
      ...(meant !== undefined && { hint: `did you mean ${meant}?` }),
    });
  },
});

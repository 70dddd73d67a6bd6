import type { ExitName } from "../shared/errors.ts";
import type { Io } from "./io.ts";

/**
 * What may stand behind a flag or at a place when the shell completes it; "file" leaves it to the shell, "runs" are those whose events are
 * kept, or a file where none fits.
 */
export type Completion = "hosts" | "file" | "runs" | readonly string[];

/** A flag, as data: help, parsing, completion and documentation are made from it. */
export interface Option<T = unknown> {
  /** "switch": takes no value. "count": each repetition counts. "value": takes one. */
  readonly kind: "switch" | "count" | "value";
  readonly alias?: string;
  /** It may be given several times, which is as if its values were separated by commas. */
  readonly repeats?: true;
  readonly summary: string;
  /** What stands for the value in the help text. */
  readonly placeholder?: string;
  readonly complete?: Completion;
  /**
   * Turns what was typed into a value; `undefined` when the flag is absent.
   * @throws UserError, a sentence that starts with the flag's name.
   */
  readonly read: (typed: string | undefined, name: string) => T;
}

export type Options = Readonly<Record<string, Option>>;

/** The values of options, by name. */
export type Values<O extends Options> = { readonly [Name in keyof O]: ReturnType<O[Name]["read"]> };

interface Place {
  readonly name: string;
  readonly summary: string;
  /** The words that may stand there; without it any may. */
  readonly choices?: readonly string[];
  /** What completion offers where any word may stand. */
  readonly complete?: Completion;
  /** What is meant when nothing is typed. Without it the word is required. */
  readonly fallback?: string;
  /** Several words may stand there; at least one must. */
  readonly many?: boolean;
}

export interface Command<O extends Options = Options> {
  /** `["create", "cluster"]`. */
  readonly path: readonly string[];
  /** One line, a verb first. */
  readonly summary: string;
  /** What a person should know before typing it. */
  readonly description?: string;
  readonly options: O;
  readonly place?: Place;
  /** What to type, and what that does. */
  readonly examples: readonly (readonly [string, string])[];
  /** How it may end, beside "done", "bug", "usage" and "interrupted". */
  readonly exits: readonly ExitName[];
  readonly run: (values: Values<O>, context: Context) => Promise<ExitName>;
}

/** What a command gets beside its options. */
export interface Context {
  readonly io: Io;
  readonly globals: Globals;
  /** The word at the command's place, if it has one. */
  readonly word: string;
  /** The words there, where several may stand. */
  readonly words: readonly string[];
}

export interface Globals {
  readonly verbosity: number;
  readonly quiet: boolean;
  /** Whether standard error is to have colours. */
  readonly color: boolean;
  /** Whether standard output is. */
  readonly answerColor: boolean;
  readonly debug: boolean;
}

/** A command whose options' types are no longer needed: what the registry holds. */
export interface AnyCommand extends Omit<Command, "run"> {
  readonly run: (values: Readonly<Record<string, unknown>>, context: Context) => Promise<ExitName>;
}

/** Checks a command's types at the place where it is written. */
export const defineCommand = <O extends Options>(command: Command<O>): AnyCommand => ({
  ...command,
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the binder reads each of `options` by that option's own `read`
  run: (values, context) => command.run(values as Values<O>, context),
});

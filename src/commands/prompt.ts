import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { UserError } from "../shared/errors.ts";
import type { Io } from "./io.ts";

export type Prompt = (question: string, options?: { readonly secret?: boolean }) => Promise<string>;

export const interrupted = (): UserError =>
  new UserError("interrupted", { exit: "interrupted", hint: "run the same command again to go on; it finishes what was begun" });

/** Swallows what readline would echo. */
const nowhere = (): Writable => new Writable({ write: (_chunk, _encoding, done) => done() });

const ask = async (io: Io, question: string, secret: boolean): Promise<string> => {
  const output = secret ? nowhere() : io.stderr;
  const terminal = createInterface({ input: io.stdin, output, terminal: true });
  if (secret) io.stderr.write(question);
  try {
    return await terminal.question(secret ? "" : question, { signal: io.signal });
  } catch (error) {
    // Ctrl-C reaches readline, which owns the terminal while it asks, and not the process.
    if (error instanceof Error && error.name === "AbortError") throw interrupted();
    throw error;
  } finally {
    terminal.close();
    if (secret) io.stderr.write("\n");
  }
};

/** Asks a person; absent where there is none, so that nobody waits for an answer which cannot come. */
export const createPrompt = (io: Io, aside: <T>(work: () => Promise<T>) => Promise<T>): Prompt | undefined =>
  io.stdin.isTTY && io.stderr.isTTY ? (question, { secret = false } = {}) => aside(() => ask(io, question, secret)) : undefined;

/** Lets a person type the name of what would be lost. @throws UserError when there is nobody to ask. */
export const confirmByName =
  (prompt: Prompt | undefined, yes: boolean) =>
  async (sentence: string, word: string): Promise<boolean> => {
    if (yes) return true;
    if (prompt === undefined)
      throw new UserError(`${sentence} There is no terminal to confirm this on`, {
        hint: "add --yes to the command if it is what you want",
      });
    return (await prompt(`${sentence}\nType ${word} to go on: `)).trim() === word;
  };

import { toEventError } from "../engine/events.ts";
import { errorText } from "../engine/progress/error-text.ts";
import { type ExitName, exitCodes, UserError } from "../shared/errors.ts";
import { painter } from "../shared/paint.ts";
import { secrets } from "../shared/secrets.ts";
import { wantsColor } from "./color.ts";
import type { Io } from "./io.ts";
import { version } from "./version-text.ts";

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

const offer = async (io: Io): Promise<void> => {
  const { candidatesText, complete } = await import("./complete.ts");
  const { commands, groups } = await import("./registry.ts");
  io.stdout.write(candidatesText(await complete(io.argv.slice(1), commands, groups, io)));
};

const perform = async (io: Io): Promise<ExitName> => {
  const [first, ...others] = io.argv;
  if (first === "--version" && others.length === 0) {
    io.stdout.write(`kbs ${version}\n`);
    return "done";
  }
  if (first === "__complete") {
    await offer(io);
    return "done";
  }
  const { dispatch } = await import("./dispatch.ts");
  // `kbs help create cluster` is `kbs create cluster --help`.
  return await dispatch(first === "help" ? [...others, "--help"] : io.argv, io);
};

/**
 * One call of kbs. What it needs is loaded when it is needed: a shell asks for completions at every TAB.
 * @returns its exit code
 */
export const runCli = async (io: Io): Promise<number> => {
  try {
    return exitCodes[await perform(io)];
  } catch (thrown) {
    const { argv } = io;
    return exitCodes[tellThrown(thrown, io, wantsColor(io, io.stderr, argv.includes("--no-color")), argv.includes("--debug"))];
  }
};

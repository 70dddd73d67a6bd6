import { type ExitName, exitCodes } from "../shared/errors.ts";

/** Of several ends, the lowest code that is not 0. */
export const worstExit = (exits: readonly ExitName[]): ExitName =>
  exits.filter((exit) => exit !== "done").toSorted((a, b) => exitCodes[a] - exitCodes[b])[0] ?? "done";

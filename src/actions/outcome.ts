import { type ExitName, exitCodes, type UserError } from "../shared/errors.ts";

/** Of several ends, the lowest code that is not 0. */
export const worstExit = (errors: readonly UserError[]): ExitName =>
  errors.map(({ exit }) => exit).toSorted((a, b) => exitCodes[a] - exitCodes[b])[0] ?? "done";

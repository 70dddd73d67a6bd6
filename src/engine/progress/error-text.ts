import type { Paint } from "../../shared/paint.ts";
import type { EventError } from "../events.ts";
import { some } from "./words.ts";

/** More lines than these are left to the log. */
const mostLines = 12;

const lastLines = (output: string): readonly string[] => output.trimEnd().split("\n").slice(-mostLines);

/**
 * An error's answers as text: what, on which hosts, the exact command with its last lines, why probably, what to type next.
 * Where the full log is stands once, at the end of the run.
 */
export const errorText = (error: EventError, hosts: readonly string[], paint: Paint): string => {
  const where = hosts.length === 0 ? "" : `${paint("bold", hosts.length > 1 ? `${hosts.length} hosts (${some(hosts, 8)})` : hosts.join())}: `;
  const output = error.output?.trim() ? lastLines(error.output) : [];
  return [
    `${paint("red", "error:")} ${where}${error.message}`,
    ...(error.command === undefined ? [] : [`  command:  ${error.command.replaceAll("\n", "\n            ")}`]),
    ...output.map((line, index) => `${index === 0 ? "  printed:  " : "            "}${paint("dim", line)}`),
    ...(error.probably === undefined ? [] : [`  probably: ${error.probably}`]),
    ...(error.hint === undefined ? [] : [`  next:     ${error.hint}`]),
  ].join("\n");
};

import { formatProblems } from "../../config/problems.ts";
import { painter } from "../../shared/paint.ts";
import type { EventError } from "../events.ts";
import { some } from "./words.ts";

/** More lines than these are left to the log. */
const mostLines = 12;

/** Of a command only the end is of interest; what kbs itself put together is told whole. */
const linesOf = ({ output = "", command, exit }: EventError): readonly string[] =>
  output.trim() === ""
    ? []
    : output
        .trimEnd()
        .split("\n")
        .slice(command === undefined && exit === "preflight" ? -1000 : -mostLines);

/**
 * An error's answers as text: what, on which hosts, the exact command with its last lines, why probably, what to type next.
 * Where the full log is stands once, at the end of the run.
 */
export const errorText = (error: EventError, hosts: readonly string[], color: boolean): string => {
  if (error.problems !== undefined) return formatProblems(error.problems, { color });
  const paint = painter(color);
  const [only = ""] = hosts.length === 1 && !error.message.startsWith(hosts[0] ?? "") ? hosts : [];
  const named = hosts.length > 1 ? `${hosts.length} hosts (${some(hosts, 8)})` : only;
  const where = named === "" ? "" : `${paint("bold", named)}: `;
  const [label, indent] = error.command === undefined ? ["  ", "  "] : ["  printed:  ", "            "];
  const output = linesOf(error).map((line, index) => `${index === 0 ? label : indent}${paint("dim", line)}`.trimEnd());
  return [
    `${paint("red", "error:")} ${where}${error.message}`,
    ...(error.command === undefined ? [] : [`  command:  ${error.command.replaceAll("\n", "\n            ")}`]),
    ...output,
    ...(error.probably === undefined ? [] : [`  probably: ${error.probably}`]),
    ...(error.hint === undefined ? [] : [`  next:     ${error.hint}`]),
  ].join("\n");
};

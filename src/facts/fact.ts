import type { Question } from "../changes/message.ts";

/** A question to a host and how to hear the answer. */
export interface Fact<T, Id extends string = string> {
  readonly id: Id;
  readonly question: Question;
  /** `output` is what the script printed, `code` its exit code. Never throws: what could not be learned is absent from the result. */
  readonly parse: (output: string, code: number) => T;
}

/** The PATH of a systemd service, which is what a kubelet will see, whatever the login shell had. Complaints of tools are not part of an answer. */
const prelude = "export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\nexec 2>/dev/null\n";

/**
 * Joins a script and its parser. The script is POSIX sh, only reads, ends with 0 even where a tool is missing, and prints plain text:
 * `key=value` lines, or parts which each begin with a line `@@ name`.
 */
export const fact = <T, Id extends string>(
  id: Id,
  script: string,
  parse: Fact<T>["parse"],
  options: Pick<Question, "secret" | "within"> = {},
): Fact<T, Id> => ({ id, question: { id, script: `${prelude}${script.trim()}\nexit 0\n`, ...options }, parse });

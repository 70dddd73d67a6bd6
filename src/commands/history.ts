import { defineCommand } from "./command.ts";
import { historyText } from "./history-text.ts";
import { list, wholeNumber } from "./options.ts";
import { withSession } from "./session.ts";
import { readOptions } from "./shared-options.ts";

const path = ["history"] as const;
const { limit: _, ...options } = readOptions;

export const history = defineCommand({
  path,
  summary: "Show what was done on the hosts, when and by whom, from their own journals",
  description:
    "Newest first. Works on any machine that reaches the hosts. Runs that found all as wished leave no trace; of more than some 50 runs " +
    "the oldest are forgotten. With RUN, the id of one or how it begins, its changes are listed, and what kind of thing was there before.",
  options: {
    ...options,
    host: list("Ask only these hosts", { placeholder: "HOST,…", complete: "hosts" }),
    "limit-runs": wholeNumber("How many runs to show", 20),
  },
  place: { name: "run", summary: "the id of a run, or how it begins", fallback: "" },
  examples: [
    ["kbs history -f kbs.yaml", "the newest runs, with how they ended on each host"],
    ["kbs history 3f0c -f kbs.yaml --host cp1", "every change of one run on one host"],
  ],
  exits: ["unreachable"],
  run: (values, context) =>
    withSession({ kind: "read", path, values: { ...values, limit: values.host }, context }, async ({ options: fleet, answer }) => {
      const action = await import("../actions/history.ts");
      const run = context.word === "" ? {} : { run: context.word };
      const found = await action.history({ ...fleet, ...run, most: values["limit-runs"] });
      const json = (): string => `${JSON.stringify({ schema: "kbs/history/v1", ...found.history }, null, 2)}\n`;
      answer(values.output === "json" ? json() : historyText(found.history, context.globals.answerColor));
      return found.outcome;
    }),
});

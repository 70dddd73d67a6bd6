import { defineCommand } from "./command.ts";
import { withSession } from "./session.ts";
import { readOptions, supplyOptions } from "./shared-options.ts";

const path = ["preflight"] as const;

export const preflight = defineCommand({
  path,
  summary: "Ask every host whether it is fit, and change nothing",
  description: "All checks of all hosts speak. Each finding says what would mend it.",
  options: { ...readOptions, ...supplyOptions },
  examples: [
    ["kbs preflight -f kbs.yaml", "a table of all hosts, then each finding"],
    ["kbs preflight -f kbs.yaml -o json", "the same for a program"],
  ],
  exits: ["preflight", "unreachable"],
  run: (values, context) =>
    withSession({ kind: "read", path, values, context }, async ({ options, answer }) => {
      const action = await import("../actions/preflight.ts");
      const { preflightJson, renderPreflightTable } = await import("../preflight/report.ts");
      const { outcome, results } = await action.preflightCluster(options);
      const { answerColor: color } = context.globals;
      answer(values.output === "json" ? `${JSON.stringify(preflightJson(results), null, 2)}\n` : renderPreflightTable(results, { color }));
      return outcome;
    }),
});

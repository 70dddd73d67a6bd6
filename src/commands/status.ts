import { defineCommand } from "./command.ts";
import { withSession } from "./session.ts";
import { readOptions } from "./shared-options.ts";
import { statusText } from "./status-text.ts";

const path = ["status"] as const;

export const status = defineCommand({
  path,
  summary: "Show hosts, nodes, components, the certificates' ends, and what is not ready",
  options: readOptions,
  examples: [
    ["kbs status -f kbs.yaml", "the whole cluster"],
    ["kbs status -o json | jq .waiting", "what is not ready, for a program"],
  ],
  exits: ["unreachable", "phase"],
  run: (values, context) =>
    withSession({ kind: "read", path, values, context }, async ({ options, answer }) => {
      const action = await import("../actions/status/status.ts");
      const found = await action.clusterStatus(options);
      const json = (): string => `${JSON.stringify({ schema: "kbs/status/v1", ...found.status }, null, 2)}\n`;
      answer(values.output === "json" ? json() : statusText(found.status, context.globals.answerColor));
      return found.outcome;
    }),
});

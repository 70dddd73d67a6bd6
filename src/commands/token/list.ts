import { apiOptions, apiPlace, apiSession } from "../api-options.ts";
import { defineCommand } from "../command.ts";
import { choice } from "../options.ts";
import { withSession } from "../session.ts";

const path = ["token", "list"] as const;

export const tokenList = defineCommand({
  path,
  summary: "Show the bootstrap tokens of the cluster, with their ends",
  description:
    "Without -f, of the cluster of this machine. The tokens themselves are shown: whoever sees them can join machines while they are good.",
  options: {
    ...apiOptions,
    output: choice("A table, or a document for each token, as kubeadm prints them", ["text", "json", "yaml"], { alias: "o" }),
  },
  examples: [
    ["sudo kbs token list", "on a control plane"],
    ["kbs token list -f kbs.yaml -o json | jq -r .token", "of a fleet, for a program"],
  ],
  exits: ["preflight", "unreachable", "phase"],
  run: async (values, context) => {
    const place = apiPlace(values);
    return await withSession({ kind: "read", path, context, ...apiSession(values) }, async ({ options, answer }) => {
      const action = await import("../../actions/token/list.ts");
      const { tokensText } = await import("./list-text.ts");
      const { outcome, tokens, unreadable } = await action.listTokens({ ...options, ...place });
      const beside = tokens.length === 0 ? ["there are no bootstrap tokens", ...unreadable] : unreadable;
      answer(tokensText(tokens, values.output, new Date()), beside.map((line) => `${line}\n`).join(""));
      return outcome;
    });
  },
});

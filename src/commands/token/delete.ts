import { apiOptions, apiPlace, apiSession } from "../api-options.ts";
import { defineCommand } from "../command.ts";
import { choice } from "../options.ts";
import { withSession } from "../session.ts";

const path = ["token", "delete"] as const;

export const tokenDelete = defineCommand({
  path,
  summary: "Delete bootstrap tokens, by their ids or as a whole",
  description: "Without -f, of the cluster of this machine. Nodes that have joined stay; nobody joins by these tokens any more.",
  options: { ...apiOptions, output: choice("Text for a person, or one JSON document", ["text", "json"], { alias: "o" }) },
  place: { name: "id", summary: "the ids of tokens, their first six characters, or whole tokens", many: true },
  examples: [
    ["sudo kbs token delete abcdef", "on a control plane"],
    ["kbs token delete abcdef ghijkl -f kbs.yaml", "of a fleet"],
  ],
  exits: ["preflight", "unreachable", "phase"],
  run: async (values, context) => {
    const action = await import("../../actions/token/delete.ts");
    // Before anything is logged, for a whole token is a secret.
    const ids = context.words.map((word) => action.tokenId(word, "a word after kbs token delete"));
    const place = apiPlace(values);
    return await withSession({ kind: "read", path, context, ...apiSession(values) }, async ({ options, answer }) => {
      const { outcome, deleted, absent } = await action.deleteTokens({ ...options, ...place }, ids);
      const text = deleted.map((id) => `bootstrap token "${id}" deleted\n`).join("");
      answer(values.output === "json" ? `${JSON.stringify({ deleted, absent }, null, 2)}\n` : text);
      return outcome;
    });
  },
});

import { newToken } from "../../pki/token.ts";
import { defineCommand } from "../command.ts";

export const tokenGenerate = defineCommand({
  path: ["token", "generate"],
  summary: "Print a new bootstrap token without making it in any cluster",
  options: {},
  examples: [["kbs token generate", "for a configuration, or for kbs token create TOKEN"]],
  exits: [],
  run: async (_values, { io }) => {
    io.stdout.write(`${newToken().text}\n`);
    return "done";
  },
});

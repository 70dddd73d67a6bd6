import { defineCommand } from "./command.ts";
import { choice } from "./options.ts";
import { version as ours } from "./version-text.ts";

export const version = defineCommand({
  path: ["version"],
  summary: "Print the version of kbs and of the Kubernetes it makes by default",
  options: { output: choice("How to print it", ["text", "json"], { alias: "o" }) },
  examples: [["kbs version -o json", "the same for a program"]],
  exits: [],
  run: async ({ output }, { io }) => {
    const { defaults } = await import("../config/defaults.ts");
    const versions = { kbs: ours, kubernetes: defaults.version, node: process.version };
    const lines = Object.entries(versions).map(([name, value]) => `${name} ${value}\n`);
    io.stdout.write(output === "json" ? `${JSON.stringify(versions, null, 2)}\n` : lines.join(""));
    return "done";
  },
});

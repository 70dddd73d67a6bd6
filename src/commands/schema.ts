import { defineCommand } from "./command.ts";

export const schema = defineCommand({
  path: ["schema"],
  summary: "Print the JSON schema of the configuration, or of the events of --output json",
  options: {},
  place: { name: "of", summary: "Which schema", choices: ["config", "events"], fallback: "config" },
  examples: [
    ["kbs schema > kbs.schema.json", "for an editor that checks the configuration"],
    ["kbs schema events", "for a program that reads events"],
  ],
  exits: [],
  run: async (_, { io, word }) => {
    const { publishedSchema } = await import("../config/published-schema.ts");
    const { publishedEventsSchema } = await import("../engine/progress/events-schema.ts");
    io.stdout.write(word === "events" ? publishedEventsSchema() : publishedSchema());
    return "done";
  },
});

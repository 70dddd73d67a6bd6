import { defineCommand } from "./command.ts";

export const completion = defineCommand({
  path: ["completion"],
  summary: "Print a script that lets your shell complete commands, flags and the names of hosts",
  options: {},
  place: { name: "shell", summary: "Which shell", choices: ["bash", "zsh", "fish"] },
  examples: [
    ["source <(kbs completion bash)", "in ~/.bashrc"],
    ["kbs completion fish | source", "in ~/.config/fish/config.fish"],
  ],
  exits: [],
  run: async (_, { io, word }) => {
    const { completionScripts } = await import("./completion-scripts.ts");
    io.stdout.write(completionScripts[word] ?? "");
    return "done";
  },
});

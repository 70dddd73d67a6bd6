import { defineCommand } from "../command.ts";
import { text } from "../options.ts";

export const createConfig = defineCommand({
  path: ["create", "config"],
  summary: "Print a commented configuration to start from",
  options: {
    name: text("Name of the cluster", { placeholder: "NAME" }),
    "kubernetes-version": text("Version of Kubernetes, such as v1.36.3", { placeholder: "VERSION" }),
  },
  examples: [["kbs create config > kbs.yaml", "then edit the hosts in it"]],
  exits: [],
  run: async (values, { io }) => {
    const { sampleConfig } = await import("../../config/sample.ts");
    const { name, "kubernetes-version": version } = values;
    io.stdout.write(sampleConfig({ ...(name !== undefined && { name }), ...(version !== undefined && { version }) }));
    return "done";
  },
});

import { UserError } from "../../shared/errors.ts";
import { defineCommand } from "../command.ts";
import { text } from "../options.ts";

export const configValidate = defineCommand({
  path: ["config", "validate"],
  summary: "Say what is wrong with a configuration, kubeadm's or kbs's own",
  description:
    "All problems at once, each with its line. Which of the two it is, its apiVersion tells. What kubeadm would take and kbs init, join or reset would " +
    "refuse is a warning. Nothing is asked of any host.",
  options: { config: text("The file; - is standard input", { placeholder: "FILE", complete: "file" }) },
  examples: [
    ["kbs config validate --config kubeadm.yaml", "a file for kubeadm init, join, reset or upgrade"],
    ["kbs config validate --config kbs.yaml", "a file for kbs create cluster"],
  ],
  exits: [],
  run: async ({ config }, { io, globals }) => {
    if (config === undefined) throw new UserError("--config is missing: which file?", { hint: "kbs config validate --config FILE" });
    const { formatProblems } = await import("../../config/problems.ts");
    const { judgeFile } = await import("./judge-file.ts");
    const warnings = await judgeFile(config, io);
    if (warnings.length > 0 && !globals.quiet) io.stderr.write(`${formatProblems(warnings, { color: globals.color })}\n`);
    io.stdout.write("ok\n");
    return "done";
  },
});

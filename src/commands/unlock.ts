import { defineCommand } from "./command.ts";
import { confirmByName } from "./prompt.ts";
import { withSession } from "./session.ts";
import { runOptions } from "./shared-options.ts";

const path = ["unlock"] as const;
const { "keep-going": _, ...options } = runOptions;

export const unlock = defineCommand({
  path,
  summary: "Say whose run holds the hosts, and take them away from it",
  description:
    "Seldom needed: a run whose process, machine or connection is gone loses its hosts by itself within 45 seconds. Says whose they are, asks, " +
    "then ends what that run does there after the change in flight. The other run notices and stops; what it still sends is turned away.",
  options,
  examples: [["kbs unlock -f kbs.yaml", "say whose the hosts are, ask, then unlock"]],
  exits: ["unreachable", "phase"],
  run: (values, context) =>
    withSession({ kind: "run", path, values, context, unchanged: "no run holds these hosts" }, async ({ options: fleet, prompt }) => {
      const action = await import("../actions/unlock.ts");
      return await action.unlockCluster({ ...fleet, confirm: confirmByName(prompt, values.yes) });
    }),
});

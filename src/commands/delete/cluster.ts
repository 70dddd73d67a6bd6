import { defineCommand } from "../command.ts";
import { confirmByName } from "../prompt.ts";
import { withSession } from "../session.ts";
import { runOptions } from "../shared-options.ts";

const path = ["delete", "cluster"] as const;

export const deleteCluster = defineCommand({
  path,
  summary: "Take away what kbs made on the hosts, and give them back as they were found",
  description:
    "Everything in the cluster is lost. Asks for the cluster's name first, unless --yes is given. A host that cannot be reached keeps " +
    "what it has, and is named.",
  options: runOptions,
  examples: [
    ["kbs delete cluster -f kbs.yaml", "ask, then delete"],
    ["kbs delete cluster -f kbs.yaml --yes", "delete without asking"],
  ],
  exits: ["unreachable", "phase", "locked"],
  run: (values, context) =>
    withSession(
      { kind: "run", path, values, context, unchanged: "nothing of the cluster was left on these hosts" },
      async ({ options, prompt }) => {
        const action = await import("../../actions/delete/cluster.ts");
        return await action.deleteCluster({ ...options, confirm: confirmByName(prompt, values.yes) });
      },
    ),
});

import { defineCommand } from "../command.ts";
import { text } from "../options.ts";
import { withSession } from "../session.ts";
import { runOptions, supplyOptions } from "../shared-options.ts";

const path = ["add", "nodes"] as const;

export const addNodes = defineCommand({
  path,
  summary: "Join the hosts of the configuration that the cluster does not know yet",
  description: "Touches no other host, whatever the configuration says of it: kbs apply does. Refused when no host is new.",
  options: {
    ...runOptions,
    ...supplyOptions,
    kubeconfig: text("Write the cluster's kubeconfig there (default: NAME.kubeconfig)", { placeholder: "FILE", complete: "file" }),
  },
  examples: [
    ["kbs add nodes -f kbs.yaml", "after new hosts were written into the file"],
    ["kbs add nodes -f kbs.yaml --limit w7", "only this one"],
  ],
  exits: ["preflight", "unreachable", "phase", "locked"],
  run: (values, context) =>
    withSession({ kind: "run", path, values, context }, async ({ options }) => {
      const action = await import("../../actions/apply/add-nodes.ts");
      const { kubeconfig } = values;
      return await action.addNodes({ ...options, mergeKubeconfig: false, ...(kubeconfig !== undefined && { kubeconfigFile: kubeconfig }) });
    }),
});

import { defineCommand } from "../command.ts";
import { onOff, text } from "../options.ts";
import { withSession } from "../session.ts";
import { runOptions, supplyOptions } from "../shared-options.ts";

const path = ["create", "cluster"] as const;

export const createCluster = defineCommand({
  path,
  summary: "Make the cluster of a configuration, or bring it to what the configuration says",
  description:
    "Prepares every host over SSH, starts the control plane, joins the workers and waits until all is ready. Run again, it changes only " +
    "what differs. When one host is not fit, nothing is changed anywhere, unless --keep-going is given.",
  options: {
    ...runOptions,
    ...supplyOptions,
    kubeconfig: text("Write the cluster's kubeconfig there (default: NAME.kubeconfig)", { placeholder: "FILE", complete: "file" }),
    "merge-kubeconfig": onOff("Add the cluster to your own kubeconfig too"),
  },
  examples: [
    ["kbs create config > kbs.yaml", "write a configuration to start from"],
    ["kbs create cluster -f kbs.yaml", "make the cluster"],
    ["kbs create cluster -f kbs.yaml --limit cp1,w3", "touch these two hosts only"],
  ],
  exits: ["preflight", "unreachable", "phase", "locked"],
  run: (values, context) =>
    withSession({ kind: "run", path, values, context }, async ({ options }) => {
      const action = await import("../../actions/apply/create.ts");
      const { kubeconfig } = values;
      return await action.createCluster({
        ...options,
        mergeKubeconfig: values["merge-kubeconfig"],
        ...(kubeconfig !== undefined && { kubeconfigFile: kubeconfig }),
      });
    }),
});

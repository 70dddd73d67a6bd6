import { defineCommand } from "./command.ts";
import { onOff, text } from "./options.ts";
import { withSession } from "./session.ts";
import { readOptions } from "./shared-options.ts";

const path = ["kubeconfig"] as const;

export const kubeconfig = defineCommand({
  path,
  summary: "Print the cluster's kubeconfig, which works from this machine",
  description: "It holds the administrator's key: keep it where only you can read it. --out and --merge do.",
  options: {
    ...readOptions,
    out: text("Write it there instead, for its owner alone", { placeholder: "FILE", complete: "file" }),
    merge: onOff("Add the cluster to your own kubeconfig instead"),
  },
  examples: [
    ["kbs kubeconfig -f kbs.yaml --out demo.kubeconfig", "write a file that only you can read"],
    ["kbs kubeconfig -f kbs.yaml --merge", "then kubectl --context NAME works"],
  ],
  exits: ["unreachable", "phase"],
  run: (values, context) =>
    withSession({ kind: "read", path, values, context }, async ({ options, answer }) => {
      const action = await import("../actions/kubeconfig/kubeconfig.ts");
      const { merge, out, output } = values;
      const {
        outcome,
        text: kubeconfigText,
        path: written,
      } = await action.fetchKubeconfig({
        ...options,
        merge,
        ...(out !== undefined && { out }),
      });
      const document = {
        ...(written !== undefined && { path: written }),
        ...(kubeconfigText !== undefined && { kubeconfig: kubeconfigText }),
      };
      if (output === "json") answer(`${JSON.stringify(document, null, 2)}\n`);
      else if (kubeconfigText !== undefined) answer(kubeconfigText);
      else if (written !== undefined) answer(`${written}\n`);
      return outcome;
    }),
});

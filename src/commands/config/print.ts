import { UserError } from "../../shared/errors.ts";
import { nearest } from "../../shared/nearest.ts";
import { defineCommand } from "../command.ts";
import { list } from "../options.ts";

const names = ["init-defaults", "join-defaults", "reset-defaults", "upgrade-defaults"] as const;

export const configPrint = defineCommand({
  path: ["config", "print"],
  summary: "Print a configuration of kubeadm's with every default",
  description:
    "init-defaults, join-defaults, reset-defaults or upgrade-defaults: a file to start from, in v1beta4. Token, address and name of the node are placeholders. " +
    "`kbs create config` prints a file of kbs's own.",
  options: {
    "component-configs": list("With init-defaults: the documents of components, too", {
      placeholder: "KIND,…",
      complete: ["KubeletConfiguration", "KubeProxyConfiguration"],
    }),
  },
  place: { name: "what", summary: names.join(", "), complete: names },
  examples: [
    ["kbs config print init-defaults > kubeadm.yaml", "then edit it"],
    ["kbs config print init-defaults --component-configs KubeletConfiguration", "with the kubelet's fields"],
  ],
  exits: [],
  run: async (values, { io, word }) => {
    const { componentKinds, isComponentKind, isDefaults, printedDefaults } = await import("../../config/kubeadm/print.ts");
    const { yamlStream } = await import("./yaml-stream.ts");
    if (!isDefaults(word)) {
      const meant = nearest(word, names);
      throw new UserError(`kbs config print knows no ${JSON.stringify(word)}`, {
        hint: meant === undefined ? `it takes ${names.join(", ")}` : `did you mean ${meant}?`,
      });
    }
    const kinds = values["component-configs"];
    const wrong = kinds.find((kind) => !isComponentKind(kind));
    if (wrong !== undefined)
      throw new UserError(`--component-configs knows no ${JSON.stringify(wrong)}`, { hint: `it takes ${componentKinds.join(", ")}` });
    if (kinds.length > 0 && word !== "init-defaults") throw new UserError("--component-configs is for init-defaults alone");
    io.stdout.write(yamlStream(printedDefaults(word, kinds.filter(isComponentKind))));
    return "done";
  },
});

import { UserError } from "../shared/errors.ts";
import { isRoot } from "../shared/is-root.ts";
import { defineCommand } from "./command.ts";
import { text } from "./options.ts";
import { confirmByName } from "./prompt.ts";
import { withSession } from "./session.ts";
import { runOptions } from "./shared-options.ts";

const path = ["reset"] as const;

export const reset = defineCommand({
  path,
  summary: "Give single hosts, or this machine, back as they were before kbs came",
  description:
    "With -f, the hosts of a configuration that --limit names, over SSH. Without, this machine, by what kbs wrote down on it. Asks first, " +
    "unless --yes is given. The cluster goes on knowing the node: kbs delete node takes it out of there too, and moves its pods elsewhere first.",
  options: {
    ...runOptions,
    config: text("Of this machine: kubeadm's file with a ResetConfiguration", { placeholder: "FILE", complete: "file" }),
  },
  examples: [
    ["kbs reset -f kbs.yaml --limit w2", "give the host of w2 back"],
    ["sudo kbs reset", "give this machine back"],
    ["sudo kbs reset --config reset.yaml", "by kubeadm's file"],
  ],
  exits: ["preflight", "unreachable", "phase", "locked"],
  run: async (values, context) => {
    const isHere = values.file === undefined && values.limit.length === 0;
    if (values.config !== undefined && !isHere) {
      throw new UserError("--config is kubeadm's file for this machine, and -f or --limit name others", { hint: "give one of them" });
    }
    return await withSession(
      { kind: "run", path, values, context, needsNoFile: isHere, unchanged: "nothing of kbs was there" },
      async ({ options, prompt }) => {
        const file =
          values.config === undefined ? undefined : await (await import("../actions/reset/file.ts")).readResetFile(values.config);
        for (const warning of file?.warnings ?? []) options.bus.emit({ type: "warning", text: warning });
        const confirm = confirmByName(prompt, values.yes || file?.force === true);
        if (isHere) return await (await import("../actions/reset/here.ts")).resetHere({ ...options, isRoot: isRoot(), confirm });
        return await (await import("../actions/reset/reset.ts")).resetHosts({ ...options, confirm });
      },
    );
  },
});

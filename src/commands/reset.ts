import { defineCommand } from "./command.ts";
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
  options: runOptions,
  examples: [
    ["kbs reset -f kbs.yaml --limit w2", "give the host of w2 back"],
    ["sudo kbs reset", "give this machine back"],
  ],
  exits: ["unreachable", "phase", "locked"],
  run: (values, context) => {
    const isHere = values.file === undefined && values.limit.length === 0;
    return withSession(
      { kind: "run", path, values, context, needsNoFile: isHere, unchanged: "nothing of kbs was there" },
      async ({ options, prompt }) => {
        const confirm = confirmByName(prompt, values.yes);
        if (isHere) return await (await import("../actions/reset-here.ts")).resetHere({ ...options, confirm });
        return await (await import("../actions/reset.ts")).resetHosts({ ...options, confirm });
      },
    );
  },
});

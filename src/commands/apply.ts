import type { SavedPlan } from "../actions/apply/saved-plan.ts";
import { UserError } from "../shared/errors.ts";
import { defineCommand } from "./command.ts";
import { onOff, text, wholeNumber } from "./options.ts";
import { withSession } from "./session.ts";
import { runOptions, supplyOptions } from "./shared-options.ts";

const path = ["apply"] as const;

/** A plan has been made from a file and for hosts: neither may be named again. */
const openPlan = async (
  word: string,
  named: { readonly file?: string | undefined; readonly limit: readonly string[] },
): Promise<SavedPlan> => {
  if (named.file !== undefined || named.limit.length > 0) {
    throw new UserError(`${word} says already which configuration and hosts it is for`, { hint: "leave out --file and --limit" });
  }
  const { readPlan } = await import("../actions/apply/saved-plan.ts");
  return await readPlan(word);
};

export const apply = defineCommand({
  path,
  summary: "Bring a cluster to what the configuration says, or do what a saved plan says",
  description:
    "Makes the cluster where there is none. One that is there is compared first: what is as the configuration says is left alone; members on which " +
    "something restarts are changed one after another, control planes first, each proven healthy before the next; hosts that are new join. " +
    "Never removes a host, and never lowers a version. A saved plan is done exactly, or refused with the facts that have changed since.",
  options: {
    ...runOptions,
    ...supplyOptions,
    "max-unavailable": wholeNumber("How many workers may be away at once", 1),
    kubeconfig: text("Write the cluster's kubeconfig there (default: NAME.kubeconfig)", { placeholder: "FILE", complete: "file" }),
    "merge-kubeconfig": onOff("Add the cluster to your own kubeconfig too"),
  },
  place: { name: "plan", summary: "the file of a plan that `kbs plan` has saved", complete: "file", fallback: "" },
  examples: [
    ["kbs apply -f kbs.yaml", "make it so"],
    ["kbs plan -f kbs.yaml -o plan.kbs && kbs apply plan.kbs", "do what was looked at, and nothing else"],
    ["kbs apply -f kbs.yaml --max-unavailable 3", "change three workers at a time"],
  ],
  exits: ["preflight", "unreachable", "phase", "locked"],
  run: async (values, context) => {
    const saved = context.word === "" ? undefined : { path: context.word, plan: await openPlan(context.word, values) };
    const { limit, bundle, keepGoing, ignorePreflight, maxUnavailable } = saved?.plan.options ?? {};
    const file = saved?.plan.configuration.path ?? values.file;
    return await withSession({ kind: "run", path, values: { ...values, file }, context }, async ({ options }) => {
      const action = await import("../actions/apply/apply.ts");
      const { kubeconfig } = values;
      return await action.applyCluster({
        ...options,
        ...(limit && { limit }),
        ...(bundle !== undefined && values.bundle === undefined && { bundle }),
        ...(keepGoing !== undefined && { keepGoing }),
        ...(ignorePreflight && { ignorePreflight }),
        maxUnavailable: maxUnavailable ?? values["max-unavailable"],
        mergeKubeconfig: values["merge-kubeconfig"],
        ...(kubeconfig !== undefined && { kubeconfigFile: kubeconfig }),
        ...(saved && { saved }),
      });
    });
  },
});

import { defineCommand } from "../command.ts";
import { duration, onOff, onUnlessOff, wholeSeconds } from "../options.ts";
import { confirmByName } from "../prompt.ts";
import { withSession } from "../session.ts";
import { runOptions } from "../shared-options.ts";

const path = ["delete", "node"] as const;
const { limit: _limit, "keep-going": _keepGoing, ...fleet } = runOptions;

export const deleteNode = defineCommand({
  path,
  summary: "Move a node's pods elsewhere, give its host back, and take it out of the cluster",
  description:
    "Drains as kubectl does, and says what it would not take away before anything is changed. Evictions respect disruption budgets and are " +
    "tried until --drain-timeout. A control plane leaves etcd as well, after a snapshot that is kept on one that stays, and only while etcd keeps its " +
    "majority. Asks first, unless --yes is given. Run again after an interruption, it goes on.",
  options: {
    ...fleet,
    force: onOff("Also remove pods without a controller, which nobody makes anew"),
    "ignore-daemonsets": onUnlessOff("Leave pods of DaemonSets where they are"),
    "delete-emptydir-data": onOff("Also remove pods with an emptyDir, whose content is lost"),
    "grace-period": wholeSeconds("Time for each pod to end, instead of its own"),
    "disable-eviction": onOff("Delete pods instead of evicting them: disruption budgets are not asked"),
    "drain-timeout": duration("Give up draining after this time", "5m"),
    "force-unreachable": onOff(
      "Take the node out of the cluster though its host cannot be reached or is not in the file; it keeps what it has",
    ),
  },
  place: { name: "name", summary: "the names of nodes", complete: "hosts", many: true },
  examples: [
    ["kbs delete node w2 -f kbs.yaml", "drain, give back, forget"],
    ["kbs delete node w2 w3 -f kbs.yaml --delete-emptydir-data --yes", "two at once, without asking"],
    ["kbs delete node w2 -f kbs.yaml --force-unreachable", "the machine is gone for good"],
  ],
  exits: ["preflight", "unreachable", "phase", "locked"],
  run: (values, context) =>
    withSession(
      { kind: "run", path, values: { ...values, limit: [] }, context, unchanged: "nothing of these nodes was left" },
      async ({ options, prompt }) => {
        const action = await import("../../actions/delete/node.ts");
        const gracePeriod = values["grace-period"];
        return await action.deleteNodes({
          ...options,
          names: [...new Set(context.words)],
          drain: {
            force: values.force,
            ignoreDaemonSets: values["ignore-daemonsets"],
            deleteEmptyDirData: values["delete-emptydir-data"],
            disableEviction: values["disable-eviction"],
            timeout: values["drain-timeout"] * 1000,
            ...(gracePeriod !== undefined && { gracePeriod }),
          },
          forceUnreachable: values["force-unreachable"],
          confirm: confirmByName(prompt, values.yes),
        });
      },
    ),
});

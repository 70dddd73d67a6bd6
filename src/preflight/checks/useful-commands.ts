import type { CommandName } from "../../facts/commands.ts";
import { type Check } from "../check.ts";
import { installHint } from "../packages.ts";
import { isNode } from "../roles.ts";
import { listed } from "../words.ts";

/** hostPort needs iptables, deleting stale UDP flows conntrack; kube-proxy brings its own in its image. */
const useful: readonly CommandName[] = ["iptables", "conntrack", "ethtool"];

export const usefulCommands: Check = {
  id: "useful-commands",
  aliases: ["FileExisting-conntrack", "FileExisting-iptables", "FileExisting-ethtool"],
  question: "Are the tools installed that some features of a node call?",
  severity: "warning",
  appliesTo: isNode,
  ask: ({ facts }) => {
    const missing = useful.filter((name) => facts.commands[name] === undefined);
    if (missing.length === 0 || facts.unanswered.includes("commands")) return undefined;
    return {
      problem: `${listed(missing)} ${missing.length === 1 ? "is" : "are"} not installed: a node works without, but hostPort and troubleshooting want them`,
      remedy: installHint(facts.os, missing),
    };
  },
};

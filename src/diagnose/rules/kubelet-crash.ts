import { few, onEachMember, seenIn } from "../look.ts";
import type { Rule } from "../rule.ts";

/** klog writes errors with an E, and a failure to run with "command failed" or "err=". */
const trouble = /\bE\d{4} |command failed|Failed to run kubelet|failed to run Kubelet|panic:|err="/;

export const kubeletCrash: Rule = {
  id: "kubelet-crash",
  question: "Does a kubelet end again and again?",
  find: onEachMember((on) => {
    const unit = on.units["kubelet"];
    if (unit === undefined || unit.load !== "loaded") return undefined;
    const ends = unit.sub === "auto-restart" || unit.active === "failed" || (unit.active === "activating" && unit.restarts > 2);
    if (!ends) return undefined;
    const said = seenIn(on.kubeletLog, trouble, on);
    return {
      cause: `the kubelet ends again and again (${unit.restarts} restarts, last exit code ${unit.exitStatus ?? "unknown"})`,
      remedy: '"journalctl -u kubelet -n 50" tells why; its last words stand here',
      certainty: "likely",
      seen: few(said.length > 0 ? said : on.kubeletLog.map(({ text }) => text)),
    };
  }),
};

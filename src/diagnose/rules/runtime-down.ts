import { few, onEachMember, seenIn } from "../look.ts";
import type { Rule } from "../rule.ts";

const trouble = /level=(?:fatal|error)|failed to|containerd: |panic:/i;

export const runtimeDown: Rule = {
  id: "runtime-down",
  question: "Does the container runtime run?",
  find: onEachMember((on) => {
    const unit = on.units["containerd"];
    if (unit === undefined || unit.active === "active" || unit.active === "reloading") return undefined;
    if (unit.load === "not-found") {
      // A host that is being set up has none yet, and no kubelet that would miss it.
      if (on.units["kubelet"]?.active !== "active") return undefined;
      return {
        cause: "containerd is not installed, but the kubelet runs",
        remedy: "run the create again: it installs what is missing",
        certainty: "certain",
        seen: [],
      };
    }
    const stopped = unit.active === "inactive" && unit.result === "success";
    return {
      cause: stopped
        ? "containerd was stopped: no container can be started, and the node is not ready"
        : `containerd does not run (${unit.active}, ${unit.result})`,
      remedy: stopped
        ? '"systemctl start containerd"'
        : '"journalctl -u containerd -n 50" tells why; mend that, then "systemctl restart containerd"',
      certainty: "certain",
      seen: stopped ? [] : few(seenIn(on.containerdLog, trouble, on)),
    };
  }),
};

import { onEachMember } from "../look.ts";
import type { Rule } from "../rule.ts";

export const kubeletStopped: Rule = {
  id: "kubelet-stopped",
  question: "Was a kubelet stopped, or taken away?",
  find: onEachMember((on) => {
    const unit = on.units["kubelet"];
    // Before it was ever configured it is not expected to run.
    if (unit === undefined || !on.facts.kubernetes.hasKubeletConfig) return undefined;
    if (unit.load === "not-found" || unit.load === "masked") {
      return {
        cause: `the kubelet's service is ${unit.load === "masked" ? "masked" : "gone"}`,
        remedy: "run the create again: it puts the service in place",
        certainty: "certain",
        seen: [],
      };
    }
    if (unit.active !== "inactive" || unit.result !== "success") return undefined;
    return {
      cause: "the kubelet is stopped: the host runs what it ran, but starts nothing, and its node is taken for lost",
      remedy: '"systemctl start kubelet"',
      certainty: "certain",
      seen: [],
    };
  }),
};

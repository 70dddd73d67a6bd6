import { few, onEachMember, seenIn } from "../look.ts";
import type { Rule } from "../rule.ts";

export const swap: Rule = {
  id: "swap",
  question: "Does a kubelet refuse to start because swap is on?",
  find: onEachMember((on) => {
    const said = seenIn(on.kubeletLog, /running with swap on is not supported/i, on);
    const [device] = on.facts.swap.active;
    if (said.length === 0 || device === undefined || on.units["kubelet"]?.active === "active") return undefined;
    return {
      cause: `the kubelet does not start, because swap is on (${on.facts.swap.active.join(", ")})`,
      remedy: '"swapoff -a", and take swap out of /etc/fstab; or set failSwapOn: false in spec.kubernetes.kubelet',
      certainty: "certain",
      seen: few(said),
    };
  }),
};

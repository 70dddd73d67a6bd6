import type { Check } from "../check.ts";
import { isNode } from "../roles.ts";

export const swap: Check = {
  id: "swap",
  aliases: ["Swap"],
  question: "Is swap off?",
  severity: "warning",
  // Who tells the kubelet to live with swap has decided.
  appliesTo: (context) => isNode(context) && context.cluster.kubernetes.kubelet["failSwapOn"] !== false,
  ask: ({ facts: { swap } }) => {
    if (swap.active.length === 0 && swap.fstab.length === 0) return undefined;
    return {
      problem:
        swap.active.length > 0
          ? "swap is on; kbs will turn it off, now and at boot"
          : "swap would be back at the next boot; kbs will prevent that",
      evidence: swap.active.length > 0 ? swap.active.join(", ") : `/etc/fstab: ${swap.fstab.join("; ")}`,
      remedy: 'nothing, if the memory suffices without; to keep swap, set "failSwapOn: false" and memorySwap in spec.kubernetes.kubelet',
    };
  },
};

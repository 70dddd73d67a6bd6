import type { Check } from "../check.ts";
import { isNode } from "../roles.ts";

export const swapUnits: Check = {
  id: "swap-units",
  question: "Will swap stay off after a reboot?",
  severity: "warning",
  appliesTo: (context) => isNode(context) && context.cluster.kubernetes.kubelet["failSwapOn"] !== false,
  ask: ({ facts: { swap } }) => {
    // Units that systemd makes from fstab lines go with those lines; zram and discovered partitions have none.
    if (swap.fstab.length > 0 || swap.units.length === 0) return undefined;
    return {
      problem: "systemd turns swap on at boot though /etc/fstab does not name it: the kubelet would not start after a reboot",
      evidence: swap.units.join(", "),
      remedy: `systemctl mask ${swap.units.join(" ")}; with zram also remove zram-generator or its /etc/systemd/zram-generator.conf`,
    };
  },
};

import { quoteAll } from "../../shared/quote.ts";
import type { Check } from "../check.ts";
import { isNode } from "../roles.ts";

export const swapUnits: Check = {
  id: "swap-units",
  question: "Will swap stay off after a reboot?",
  severity: "warning",
  appliesTo: (context) => isNode(context) && context.cluster.kubernetes.kubelet["failSwapOn"] !== false,
  ask: ({ facts: { swap } }) => {
    // Units which systemd makes from lines of fstab go with those lines; zram and discovered partitions have none.
    const units = swap.units.filter((unit) => swap.fstab.length === 0 || unit.includes("zram"));
    if (units.length === 0) return undefined;
    return {
      problem: "systemd turns swap on at boot without a line in /etc/fstab: the kubelet would not start after a reboot",
      evidence: units.join(", "),
      remedy: `systemctl mask ${quoteAll(units)}; with zram also remove zram-generator or its /etc/systemd/zram-generator.conf`,
    };
  },
};

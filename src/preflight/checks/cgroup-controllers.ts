import type { Check } from "../check.ts";
import { isNode } from "../roles.ts";
import { listed } from "../words.ts";

/** kubernetes/system-validators; with version 2 the kernel never lists devices and freezer. */
const required = {
  1: ["cpu", "cpuacct", "cpuset", "devices", "freezer", "memory", "pids"],
  2: ["cpu", "cpuset", "memory", "pids"],
} as const;

export const cgroupControllers: Check = {
  id: "cgroup-controllers",
  aliases: ["SystemVerification"],
  question: "Can the kernel limit what containers use?",
  severity: "error",
  appliesTo: isNode,
  ask: ({ facts: { cgroups } }) => {
    if (cgroups.version === undefined) return undefined;
    const missing = required[cgroups.version].filter((name) => !cgroups.controllers.includes(name));
    if (missing.length === 0) return undefined;
    return {
      problem: `cgroup ${missing.length === 1 ? "controller" : "controllers"} ${listed(missing)} ${missing.length === 1 ? "is" : "are"} not enabled`,
      evidence: `enabled: ${cgroups.controllers.join(" ") || "none"}`,
      remedy: missing.some((name) => name === "memory")
        ? 'add "cgroup_enable=memory" to the kernel command line (Raspberry Pi: /boot/firmware/cmdline.txt) and reboot'
        : "use a kernel with these controllers, or remove cgroup_disable from its command line",
    };
  },
};

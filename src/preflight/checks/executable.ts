import type { DiskPath } from "../../facts/disks.ts";
import type { Check } from "../check.ts";
import { isNode } from "../roles.ts";
import { listed } from "../words.ts";

/** Where executables of the node, of the pod network and of containers lie. */
const holders: readonly DiskPath[] = ["/usr", "/opt", "/var/lib/containerd"];

export const executable: Check = {
  id: "executable",
  question: "May programs be started from where they will be installed?",
  severity: "error",
  appliesTo: isNode,
  ask: ({ facts: { disks } }) => {
    const closed = holders.filter((path) => disks[path]?.noExec === true);
    if (closed.length === 0) return undefined;
    return {
      problem: `nothing can be started from ${listed(closed)}: mounted with noexec`,
      evidence: [...new Set(closed.map((path) => disks[path]?.mountPoint ?? path))].join(", "),
      remedy: 'remove noexec from /etc/fstab and remount ("mount -o remount,exec DIR")',
    };
  },
};

import { few, onEachMember, seenIn } from "../look.ts";
import type { Rule } from "../rule.ts";

const signs =
  /eviction manager: (attempting to reclaim|must evict pod).*(ephemeral-storage|nodefs|imagefs|inodes)|FreeDiskSpaceFailed|ImageGCFailed|wanted to free \d+ bytes/;

export const diskPressure: Rule = {
  id: "disk-pressure",
  question: "Does a kubelet remove images and evict pods for want of space?",
  find: onEachMember((on, { api }) => {
    const node = api?.nodes.find(({ name }) => name === on.host.name);
    const condition = node?.conditions.find((text) => text.startsWith("DiskPressure=True"));
    const said = seenIn(on.kubeletLog, signs, on);
    if (condition === undefined && said.length === 0) return undefined;
    return {
      cause: "the kubelet is short of disk space: it removes images, evicts pods and takes no new ones",
      remedy: 'free space on the disks of /var/lib/kubelet and /var/lib/containerd ("df -h /var/lib/kubelet /var/lib/containerd")',
      certainty: condition === undefined ? "likely" : "certain",
      seen: few([...said, ...(condition === undefined ? [] : [condition])]),
    };
  }),
};

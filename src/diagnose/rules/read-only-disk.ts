import { few, onEach } from "../look.ts";
import type { Rule } from "../rule.ts";

export const readOnlyDisk: Rule = {
  id: "read-only-disk",
  question: "Is a disk read-only on which a node writes?",
  find: onEach((on) => {
    const disk = (["/var/lib", "/var/lib/kubelet", "/var/lib/containerd", "/var/lib/etcd", "/etc"] as const)
      .map((path) => on.facts.disks[path])
      .find((one) => one?.readOnly);
    if (disk === undefined) return undefined;
    const said = on.kernelLog.flatMap(({ text }) => (/i\/o error|remounting filesystem|EXT4-fs error|XFS/i.test(text) ? [text] : []));
    return {
      cause: `the disk mounted on ${disk.mountPoint} is read-only`,
      remedy:
        said.length > 0
          ? "it failed: replace it, or check the file system"
          : `"mount -o remount,rw ${disk.mountPoint}" tells why it cannot be written`,
      certainty: "certain",
      seen: few(said),
    };
  }),
};

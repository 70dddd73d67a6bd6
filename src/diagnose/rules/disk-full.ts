import { bytes } from "../../preflight/words.ts";
import { few, onEach, seenIn } from "../look.ts";
import type { Rule } from "../rule.ts";

/** The kubelet evicts pods below 10 % (nodefs.available) and etcd stops at the first write that fails; below this nothing works any more. */
const share = 0.02;
const least = 200 * 1024 ** 2;

export const diskFull: Rule = {
  id: "disk-full",
  question: "Is a disk full on which a node writes?",
  find: onEach((on) => {
    const full = Object.values(on.facts.disks).filter(
      ({ total, free }) => total > 0 && (free < total * share || free < Math.min(least, total / 10)),
    );
    const said = [...seenIn(on.kubeletLog, /no space left on device/i, on), ...seenIn(on.containerdLog, /no space left on device/i, on)];
    const [disk] = full;
    if (disk === undefined) {
      if (said.length === 0) return undefined;
      const cause = "something could not be written for want of space, though there is some now";
      return {
        cause,
        remedy: 'see what fills the disk: "du -xh --max-depth=2 /var | sort -h | tail"',
        certainty: "possible",
        seen: few(said),
      };
    }
    return {
      cause: `the disk mounted on ${disk.mountPoint} is full: ${bytes(disk.free)} of ${bytes(disk.total)} are free`,
      remedy: `free space there ("du -xh --max-depth=2 ${disk.mountPoint} | sort -h | tail" shows who has it), or make the disk larger`,
      certainty: "certain",
      seen: few(said),
    };
  }),
};

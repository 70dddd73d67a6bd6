import { onEach } from "../look.ts";
import type { Rule } from "../rule.ts";

/** The kubelet evicts pods below 5 % (nodefs.inodesFree). */
const share = 0.01;

export const inodes: Rule = {
  id: "inodes",
  question: "Has a disk run out of inodes?",
  find: onEach((on) => {
    const disk = Object.values(on.facts.disks).find((one) => one.inodes > 0 && one.freeInodes < one.inodes * share);
    if (disk === undefined) return undefined;
    return {
      cause: `the disk mounted on ${disk.mountPoint} has ${disk.freeInodes} of ${disk.inodes} inodes left: no file can be made though there is space`,
      remedy: `remove small files: "du --inodes -x --max-depth=3 ${disk.mountPoint} | sort -n | tail" shows where they are`,
      certainty: "certain",
      seen: [],
    };
  }),
};

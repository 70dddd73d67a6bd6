import { type Check, everyHost } from "../check.ts";
import { needsByFilesystem } from "../space.ts";

/** Base images and logs of a small node; the kubelet itself evicts below 5 %. */
const fewest = 20_000;

export const inodes: Check = {
  id: "inodes",
  question: "Can the filesystems hold more files?",
  severity: "error",
  appliesTo: everyHost,
  ask: (context) => {
    const short = needsByFilesystem(context).filter(({ disk }) => disk.inodes > 0 && disk.freeInodes < fewest);
    if (short.length === 0) return undefined;
    return {
      problem: short.map(({ disk }) => `${disk.mountPoint} has only ${disk.freeInodes} inodes left`).join("; "),
      remedy: 'remove files ("find DIR -xdev -type f | wc -l" finds where they are), or use a larger filesystem',
    };
  },
};

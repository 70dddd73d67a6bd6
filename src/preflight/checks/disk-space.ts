import { type Check, everyHost } from "../check.ts";
import { isOurs } from "../roles.ts";
import { needsByFilesystem } from "../space.ts";
import { bytes, listed } from "../words.ts";

/** A node that is already made needs room for what changes only. */
const shareOfRerun = 0.1;

export const diskSpace: Check = {
  id: "disk-space",
  question: "Is there room for what will be installed?",
  severity: "error",
  appliesTo: everyHost,
  ask: (context) => {
    const share = isOurs(context) ? shareOfRerun : 1;
    const short = needsByFilesystem(context).filter(({ disk, needs }) => disk.free < needs * share);
    if (short.length === 0) return undefined;
    return {
      problem: short
        .map(
          ({ disk, needs, paths }) =>
            `${disk.mountPoint} has ${bytes(disk.free)} free, ${bytes(needs * share)} are needed for ${listed(paths)}`,
        )
        .join("; "),
      remedy: "make room, or mount a larger disk there",
    };
  },
};

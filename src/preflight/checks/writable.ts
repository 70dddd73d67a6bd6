import { diskPaths } from "../../facts/disks.ts";
import { type Check, everyHost } from "../check.ts";
import { listed } from "../words.ts";

export const writable: Check = {
  id: "writable",
  question: "Can the folders be written to that a node lives in?",
  severity: "error",
  appliesTo: everyHost,
  ask: ({ facts: { disks } }) => {
    const closed = diskPaths.filter((path) => disks[path]?.readOnly === true);
    if (closed.length === 0) return undefined;
    return {
      problem: `${listed(closed)} ${closed.length === 1 ? "is" : "are"} mounted read-only`,
      evidence: [...new Set(closed.map((path) => `${disks[path]?.mountPoint} (${disks[path]?.type})`))].join(", "),
      remedy:
        "mount them for writing; a filesystem that turned read-only by itself has an error: see dmesg. Image-based systems need a writable layer",
    };
  },
};

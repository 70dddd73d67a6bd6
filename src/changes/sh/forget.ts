import { stateDirectory } from "./base.ts";
import { sh } from "./tag.ts";
import { removeTree } from "./undo-path.ts";

const names = [
  "before",
  ".before",
  "loaded",
  "runs",
  "blobs",
  "journal",
  ".journal~",
  "written",
  "digests",
  ".digests~",
  "firewall",
  "firewall~",
  "patches.json",
  "snapshots",
  ".kbs-*~",
];

/**
 * All that kbs makes in its own folder, less the file that says whose the host is: words of a shell. What else is there is somebody's, such as
 * the bundles that people are told to put there.
 */
export const ownPaths = names.map((name) => `${stateDirectory}/${name}`).join(" ");

/** Takes that away, then whose the host is, and the folder if nothing else is in it. d is the state directory. */
export const forget = sh`
remove_own() { for own in ${ownPaths}; do remove_tree "$own" || return 1; done; }
remove_folder() {
  rm -f $d/cluster && { rmdir $d 2>/dev/null || [ -z "$(ls -A $d 2>/dev/null | grep -vxF bundles)" ] || echo "left $d: it is not empty"; }
}
`;

/** Leaves nothing of kbs on a machine that is of no cluster of kbs's. */
export const forgetScript = sh`
d=${stateDirectory}
${removeTree}
${forget}
remove_own && remove_folder
`;

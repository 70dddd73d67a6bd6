import { fact } from "./fact.ts";
import { lines, sections } from "./text.ts";

/** Full names of the images that the machine's containerd has for kubelets; undefined where none answers. */
export const runtimeImages = fact(
  "runtimeImages",
  "if names=$(timeout 30 ctr -n k8s.io images ls -q); then printf '@@ images\\n%s\\n' \"$names\"; fi",
  (output): ReadonlySet<string> | undefined => {
    const found = sections(output).get("images");
    return found === undefined ? undefined : new Set(lines(found));
  },
  { within: 40 },
);

import { defaults } from "../defaults.ts";
import { releases } from "../releases.ts";

const label = /^(?:ci\/|ci-cross\/)?(?:stable|latest)(?:-1(?:\.(?:0|[1-9]\d*))?)?$/;

/** Words that kubeadm looks up on the network: `stable-1`, `stable-1.36`, `latest`, `ci/latest`, and builds such as `ci/v1.37.0-alpha.1`. */
export const isLabel = (text: string): boolean => label.test(text) || /^ci\/v1\.\d+\.\d+[-+.\w]*$/.test(text);

/** The release that kbs knows for a label, which it never looks up; undefined where it knows none. */
export const releaseOf = (text: string): string | undefined => {
  if (text === "stable" || text === "stable-1") return defaults.version;
  const minor = /^stable-(1\.\d+)$/.exec(text)?.[1];
  return minor === undefined ? undefined : releases[minor]?.newestPatch;
};

/** A label as the release that kbs knows for it; any other text as it is. */
export const withoutLabel = (text: string): string => (isLabel(text) ? (releaseOf(text) ?? text) : text);

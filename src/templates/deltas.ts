import { minorOf, parseVersion } from "../config/versions.ts";
import { UserError } from "../shared/errors.ts";

/** What changed between the supported minors of Kubernetes in the files and objects that kubeadm writes. */
export interface Deltas {
  /** Where a user's extra arguments go: sorted among the defaults, or after them in the user's order. */
  readonly extraArgs: "sorted" | "appended";
  /** The controller manager sees the directory of FlexVolume plugins. */
  readonly flexVolumeDirectory: boolean;
  /** kube-proxy's mode is written when it is the default, too. */
  readonly proxyModeWritten: boolean;
}

const byMinor: Readonly<Record<string, Deltas>> = {
  "1.35": { extraArgs: "sorted", flexVolumeDirectory: true, proxyModeWritten: false },
  "1.36": { extraArgs: "appended", flexVolumeDirectory: false, proxyModeWritten: false },
  "1.37": { extraArgs: "appended", flexVolumeDirectory: false, proxyModeWritten: true },
};

/** The row of a version such as `v1.36.3`. @throws UserError for a minor that kbs does not know */
export const deltasOf = (version: string): Deltas => {
  const parsed = parseVersion(version);
  const deltas = parsed && byMinor[minorOf(parsed)];
  if (deltas !== undefined) return deltas;
  throw new UserError(`kbs does not know Kubernetes ${version}`, { hint: `it knows ${Object.keys(byMinor).join(", ")}` });
};

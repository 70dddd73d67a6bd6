import { ConfigError, type Problem, sortProblems } from "../problems.ts";
import type { ResetConfiguration } from "./file-types.ts";
import type { KubeadmFile } from "./read.ts";
import type { KubeadmFinding } from "./rules/rule.ts";
import { certificatesDir } from "./static-defaults.ts";
import { isWish, notYet, runtimeOf, timeoutsOf } from "./unsupported.ts";
import { valueAt } from "./written.ts";

const kind = "ResetConfiguration";

/** Fields that there is no room for, with what holds where they are not written. What `cleanupTmpDir` removes goes with the cluster anyway. */
const rows: Readonly<Record<string, unknown>> = { certificatesDir, dryRun: false, unmountFlags: undefined };

const unsupported = (reset: ResetConfiguration): KubeadmFinding[] => [
  ...Object.entries(rows).flatMap(([field, usual]) => (isWish(valueAt(reset, [field]), usual) ? [notYet(kind, [field])] : [])),
  ...(runtimeOf(reset.criSocket) === "containerd"
    ? []
    : [notYet(kind, ["criSocket"], "supported: unix:///run/containerd/containerd.sock")]),
  ...(reset.skipPhases ?? []).flatMap((name, index) =>
    name === "preflight"
      ? []
      : [notYet(kind, ["skipPhases", index], "kbs reset is one pass; of kubeadm's phases it can leave out preflight, which it has not")],
  ),
  ...timeoutsOf(kind, reset.timeouts),
];

const unasked = ({ ignorePreflightErrors = [] }: ResetConfiguration): KubeadmFinding[] =>
  ignorePreflightErrors.length === 0
    ? []
    : [{ kind, path: ["ignorePreflightErrors"], severity: "warning", message: "kbs reset asks no checks, so there is nothing to ignore" }];

/**
 * What a file of kubeadm's asks of a reset.
 * @returns force: no confirmation is asked for
 * @throws ConfigError for a file without a ResetConfiguration, and for every field that kbs has no room for
 */
export const resetOfKubeadm = (file: KubeadmFile): { readonly force: boolean; readonly warnings: readonly Problem[] } => {
  const { ResetConfiguration: reset } = file.documents;
  if (reset === undefined) {
    const [message, hint] = ["holds no ResetConfiguration", "`kbs config print reset-defaults` prints one"];
    throw new ConfigError([{ severity: "error", file: file.name, path: "", message, hint }]);
  }
  const problems = sortProblems([...file.warnings, ...[...unsupported(reset), ...unasked(reset)].map(file.place)]);
  if (problems.some(({ severity }) => severity === "error")) throw new ConfigError(problems);
  return { force: reset.force ?? false, warnings: problems };
};

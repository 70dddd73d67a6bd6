import { ConfigError, type Problem, sortProblems } from "../problems.ts";
import type { Arg } from "../types.ts";
import { type JoinConfiguration, type Kind, type WrittenTaint, wholeArgs } from "./file-types.ts";
import type { KubeadmFile } from "./read.ts";
import type { KubeadmFinding } from "./rules/rule.ts";
import { caCertPath } from "./static-defaults.ts";
import { isWish, notYet, runtimeOf, timeoutsOf } from "./unsupported.ts";
import { valueAt } from "./written.ts";

/** What a JoinConfiguration says. */
export interface JoinRun {
  readonly discovery: NonNullable<JoinConfiguration["discovery"]>;
  readonly nodeName?: string;
  /** Undefined: those that the node's role brings. */
  readonly taints?: readonly WrittenTaint[];
  readonly ignorePreflightErrors: readonly string[];
  readonly skipPhases: readonly string[];
  readonly dryRun: boolean;
  /** Of the container runtime; absent: containerd's usual one. */
  readonly criSocket?: string;
  readonly kubeletExtraArgs: readonly Arg[];
  readonly patchesDirectory?: string;
  /** Absent: a worker. Its key is a secret. */
  readonly controlPlane?: { readonly certificateKey?: string; readonly advertiseAddress?: string; readonly bindPort?: number };
}

const kind = "JoinConfiguration";

/** Fields that there is no room for, with what holds where they are not written. */
const rows: Readonly<Record<string, unknown>> = {
  caCertPath,
  "nodeRegistration.imagePullPolicy": "IfNotPresent",
  "nodeRegistration.imagePullSerial": true,
};

const unsupported = (join: JoinConfiguration): KubeadmFinding[] => {
  const { taints = [], criSocket } = join.nodeRegistration ?? {};
  const found = Object.entries(rows).flatMap(([field, usual]) => {
    const path = field.split(".");
    return isWish(valueAt(join, path), usual) ? [notYet(kind, path)] : [];
  });
  const times = taints.flatMap(({ timeAdded = "" }, index) =>
    timeAdded === "" ? [] : [notYet(kind, ["nodeRegistration", "taints", index, "timeAdded"])],
  );
  const socket = ["nodeRegistration", "criSocket"];
  const isOurs = runtimeOf(criSocket) === "containerd";
  return [
    ...found,
    ...times,
    ...timeoutsOf(kind, join.timeouts),
    ...(isOurs ? [] : [notYet(kind, socket, "supported: unix:///run/containerd/containerd.sock")]),
  ];
};

const others: readonly Kind[] = [
  "InitConfiguration",
  "ClusterConfiguration",
  "ResetConfiguration",
  "UpgradeConfiguration",
  "KubeletConfiguration",
  "KubeProxyConfiguration",
];

const unused = ({ documents }: KubeadmFile): KubeadmFinding[] =>
  others
    .filter((other) => documents[other] !== undefined)
    .map((other) => ({
      kind: other,
      path: ["kind"],
      severity: "warning",
      message: "this document is for another command, and not used here",
    }));

const runOf = (join: JoinConfiguration): JoinRun => {
  const { discovery = {}, nodeRegistration: node = {}, controlPlane, skipPhases = [], dryRun = false, patches } = join;
  const { certificateKey, localAPIEndpoint: { advertiseAddress, bindPort } = {} } = controlPlane ?? {};
  return {
    discovery,
    ...(node.name && { nodeName: node.name }),
    ...(node.taints && { taints: node.taints }),
    ignorePreflightErrors: node.ignorePreflightErrors ?? [],
    skipPhases,
    dryRun,
    ...(node.criSocket && { criSocket: node.criSocket }),
    kubeletExtraArgs: wholeArgs(node.kubeletExtraArgs),
    ...(patches?.directory && { patchesDirectory: patches.directory }),
    ...(controlPlane && {
      controlPlane: {
        ...(certificateKey && { certificateKey }),
        ...(advertiseAddress && { advertiseAddress }),
        ...(bindPort && { bindPort }),
      },
    }),
  };
};

/**
 * What a file of kubeadm's asks of a join.
 * @throws ConfigError for a file without a JoinConfiguration, and for every field that kbs has no room for
 */
export const joinOfKubeadm = (file: KubeadmFile): { readonly run: JoinRun; readonly warnings: readonly Problem[] } => {
  const { JoinConfiguration: join } = file.documents;
  if (join === undefined) {
    const [message, hint] = ["holds no JoinConfiguration", "`kbs config print join-defaults` prints one"];
    throw new ConfigError([{ severity: "error", file: file.name, path: "", message, hint }]);
  }
  const problems = sortProblems([...file.warnings, ...[...unsupported(join), ...unused(file)].map(file.place)]);
  if (problems.some(({ severity }) => severity === "error")) throw new ConfigError(problems);
  return { run: runOf(join), warnings: problems };
};

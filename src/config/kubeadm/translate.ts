import { dirname, resolve as resolvePath } from "node:path";
import { addressFamily, contains } from "../../shared/ip.ts";
import { defaults } from "../defaults.ts";
import { ConfigError, type Problem, show, sortProblems } from "../problems.ts";
import { resolveCluster } from "../resolve.ts";
import { checkMeaning } from "../rules/index.ts";
import type { Arg, Cluster, NetworkPlugin } from "../types.ts";
import { clusterFileOf, proxyModeOf, type ThisHost } from "./cluster-file.ts";
import { withExtras } from "./extras.ts";
import { inKubeadm } from "./field-names.ts";
import { type BootstrapToken, type Documents, type ImagePullPolicy, type TimeoutName, wholeArgs } from "./file-types.ts";
import { goSeconds } from "./go-duration.ts";
import type { KubeadmFile } from "./read.ts";
import type { KubeadmFinding } from "./rules/rule.ts";
import { timeoutDefaults } from "./static-defaults.ts";
import { type Handled, runtimeOf, unknownSocket, unsupported } from "./unsupported.ts";
import { isLabel, releaseOf } from "./version-labels.ts";

/** What an InitConfiguration says of the run and not of the cluster. */
export interface InitRun {
  readonly bootstrapTokens: readonly BootstrapToken[];
  /** A secret. */
  readonly certificateKey?: string;
  readonly skipPhases: readonly string[];
  readonly patchesDirectory?: string;
  readonly dryRun: boolean;
  /** Seconds. */
  readonly timeouts: Readonly<Record<TimeoutName, number>>;
  readonly kubeletExtraArgs: readonly Arg[];
  readonly ignorePreflightErrors: readonly string[];
  readonly imagePullPolicy: ImagePullPolicy;
  readonly imagePullSerial: boolean;
}

export interface FromKubeadm {
  readonly cluster: Cluster;
  readonly run: InitRun;
  readonly warnings: readonly Problem[];
}

export interface TranslateOptions {
  /** kubeadm has no pod network. Default: none. */
  readonly network?: NetworkPlugin;
  /** Fields that the caller does by itself: no problem is made of them. */
  readonly handled?: readonly Handled[];
}

const runOf = ({ InitConfiguration: init = {} }: Documents): InitRun => {
  const { nodeRegistration: node = {}, certificateKey = "", patches, timeouts = {} } = init;
  const entries = Object.entries(timeoutDefaults).map(([name, fallback]) => {
    const text = Object.entries(timeouts).find(([key]) => key === name)?.[1] ?? "";
    return [name, goSeconds(text === "" ? fallback : text)];
  });
  return {
    bootstrapTokens: init.bootstrapTokens ?? [],
    ...(certificateKey === "" ? {} : { certificateKey }),
    skipPhases: init.skipPhases ?? [],
    ...(patches?.directory ? { patchesDirectory: patches.directory } : {}),
    dryRun: init.dryRun ?? false,
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it has the keys of the defaults
    timeouts: Object.fromEntries(entries) as Record<TimeoutName, number>,
    kubeletExtraArgs: wholeArgs(node.kubeletExtraArgs),
    ignorePreflightErrors: node.ignorePreflightErrors ?? [],
    imagePullPolicy: node.imagePullPolicy || "IfNotPresent",
    imagePullSerial: node.imagePullSerial ?? true,
  };
};

const isLoopback = (address: string): boolean => {
  const family = addressFamily(address);
  return family !== undefined && contains(family === 4 ? "127.0.0.0/8" : "::1/128", address);
};

const judgeRelease = (text: string): KubeadmFinding[] => {
  if (!isLabel(text)) return [];
  const [kind, path] = ["ClusterConfiguration", ["kubernetesVersion"]] as const;
  const known = releaseOf(text);
  return known === undefined
    ? [{ kind, path, message: `${show(text)} would have to be looked up, which kbs does not`, hint: `write ${defaults.version}, say` }]
    : [{ kind, path, severity: "warning", message: `${show(text)} is not looked up: it is taken as ${known}` }];
};

/** What is right for kubeadm and cannot be had from kbs, or is otherwise there. */
const judge = (file: KubeadmFile, handled: readonly Handled[]): KubeadmFinding[] => {
  const { documents } = file;
  const { InitConfiguration: init, ClusterConfiguration: cluster } = documents;
  const address = init?.localAPIEndpoint?.advertiseAddress ?? "";
  const findings = [
    ...unsupported(documents, handled),
    ...judgeRelease(cluster?.kubernetesVersion ?? ""),
    ...(runtimeOf(init?.nodeRegistration?.criSocket) === undefined ? [unknownSocket()] : []),
  ];
  if (isLoopback(address)) {
    const hint = "write the address by which other machines reach this one";
    findings.push({
      kind: "InitConfiguration",
      path: ["localAPIEndpoint", "advertiseAddress"],
      message: `${address} means this machine alone`,
      hint,
    });
  }
  if (proxyModeOf(documents) === undefined) {
    const message = `${show(documents.KubeProxyConfiguration?.["mode"])} is a mode of Windows`;
    findings.push({ kind: "KubeProxyConfiguration", path: ["mode"], message, hint: "iptables, nftables or ipvs" });
  }
  for (const kind of ["JoinConfiguration", "ResetConfiguration", "UpgradeConfiguration"] as const) {
    if (documents[kind] !== undefined)
      findings.push({ kind, path: ["kind"], severity: "warning", message: "this document is for another command, and not used here" });
  }
  return findings;
};

/** That a lone control plane takes no ordinary pods is what is asked for until somebody joins. */
const isWorthTelling = ({ kind, path }: KubeadmFinding): boolean =>
  !(kind === "InitConfiguration" && path.join(".") === "nodeRegistration");

/**
 * kubeadm's wish for a first control plane as a cluster of kbs's with one host, which is this machine, and what it says of the run. Every field that kbs
 * cannot do yet is a problem: none is dropped.
 * @param here what kubeadm takes from the machine where the file is silent
 * @throws ConfigError with all problems at once
 */
export const clusterFromKubeadm = (file: KubeadmFile, here: ThisHost, options: TranslateOptions = {}): FromKubeadm => {
  const { documents, name, place } = file;
  const { network = "none", handled = [] } = options;
  if (documents.InitConfiguration === undefined && documents.ClusterConfiguration === undefined) {
    const message = "holds neither an InitConfiguration nor a ClusterConfiguration";
    throw new ConfigError([{ severity: "error", file: name, path: "", message, hint: "`kbs config print init-defaults` prints both" }]);
  }
  const written = clusterFileOf(documents, here, network);
  const cluster = withExtras(resolveCluster(written, name, name === "-" ? process.cwd() : dirname(resolvePath(name))), documents);
  const meaning = checkMeaning({ file: written, cluster, intact: () => true })
    .map(inKubeadm)
    .filter(isWorthTelling);
  const problems = sortProblems([...file.warnings, ...[...judge(file, handled), ...meaning].map(place)]);
  if (problems.some(({ severity }) => severity === "error")) throw new ConfigError(problems);
  return { cluster, run: runOf(documents), warnings: problems };
};

import type { Arg, EncryptionAlgorithm, Fragment, TaintEffect } from "../types.ts";

/** Documents as written: nothing is required here, since rules also read those of which ill-shaped parts were taken away. */
export interface WrittenArg {
  readonly name?: string;
  readonly value?: string;
}

export interface WrittenTaint {
  readonly key?: string;
  readonly value?: string;
  readonly effect?: TaintEffect;
  readonly timeAdded?: string;
}

export interface HostPathMount {
  readonly name?: string;
  readonly hostPath?: string;
  readonly mountPath?: string;
  readonly readOnly?: boolean;
  readonly pathType?: string;
}

export interface EnvVar {
  readonly name?: string;
  readonly value?: string;
  readonly valueFrom?: Fragment;
}

export interface Component {
  readonly extraArgs?: readonly WrittenArg[];
  readonly extraVolumes?: readonly HostPathMount[];
  readonly extraEnvs?: readonly EnvVar[];
}

export interface ImageMeta {
  readonly imageRepository?: string;
  readonly imageTag?: string;
}

export type TimeoutName =
  | "controlPlaneComponentHealthCheck"
  | "kubeletHealthCheck"
  | "kubernetesAPICall"
  | "etcdAPICall"
  | "tlsBootstrap"
  | "discovery"
  | "upgradeManifests";

export type Timeouts = { readonly [Name in TimeoutName]?: string };

export interface ApiEndpoint {
  readonly advertiseAddress?: string;
  readonly bindPort?: number;
}

export interface BootstrapToken {
  readonly token?: string;
  readonly description?: string;
  readonly ttl?: string;
  readonly expires?: string;
  readonly usages?: readonly string[];
  readonly groups?: readonly string[];
}

export type ImagePullPolicy = "Always" | "IfNotPresent" | "Never";

/** An empty word stands for the default. */
type OrDefault<Word extends string> = Word | "";

export interface NodeRegistration {
  readonly name?: string;
  readonly criSocket?: string;
  readonly taints?: readonly WrittenTaint[];
  readonly kubeletExtraArgs?: readonly WrittenArg[];
  readonly ignorePreflightErrors?: readonly string[];
  readonly imagePullPolicy?: OrDefault<ImagePullPolicy>;
  readonly imagePullSerial?: boolean;
}

/** What init and join have in common. */
interface NodeRun {
  readonly dryRun?: boolean;
  readonly nodeRegistration?: NodeRegistration;
  readonly skipPhases?: readonly string[];
  readonly patches?: { readonly directory?: string };
  readonly timeouts?: Timeouts;
}

export interface InitConfiguration extends NodeRun {
  readonly bootstrapTokens?: readonly BootstrapToken[];
  readonly localAPIEndpoint?: ApiEndpoint;
  readonly certificateKey?: string;
}

export interface LocalEtcd extends ImageMeta {
  readonly dataDir?: string;
  readonly extraArgs?: readonly WrittenArg[];
  readonly extraEnvs?: readonly EnvVar[];
  readonly serverCertSANs?: readonly string[];
  readonly peerCertSANs?: readonly string[];
}

export interface ExternalEtcd {
  readonly endpoints?: readonly string[];
  readonly httpEndpoints?: readonly string[];
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
}

export interface ClusterConfiguration {
  readonly etcd?: { readonly local?: LocalEtcd; readonly external?: ExternalEtcd };
  readonly networking?: { readonly serviceSubnet?: string; readonly podSubnet?: string; readonly dnsDomain?: string };
  readonly kubernetesVersion?: string;
  readonly controlPlaneEndpoint?: string;
  readonly apiServer?: Component & { readonly certSANs?: readonly string[] };
  readonly controllerManager?: Component;
  readonly scheduler?: Component;
  readonly dns?: ImageMeta & { readonly disabled?: boolean };
  readonly proxy?: { readonly disabled?: boolean };
  readonly certificatesDir?: string;
  readonly imageRepository?: string;
  readonly featureGates?: Readonly<Record<string, boolean>>;
  readonly clusterName?: string;
  readonly encryptionAlgorithm?: OrDefault<EncryptionAlgorithm>;
  readonly certificateValidityPeriod?: string;
  readonly caCertificateValidityPeriod?: string;
}

export interface JoinConfiguration extends NodeRun {
  readonly caCertPath?: string;
  readonly discovery?: {
    readonly bootstrapToken?: {
      readonly token?: string;
      readonly apiServerEndpoint?: string;
      readonly caCertHashes?: readonly string[];
      readonly unsafeSkipCAVerification?: boolean;
    };
    readonly file?: { readonly kubeConfigPath?: string };
    readonly tlsBootstrapToken?: string;
  };
  readonly controlPlane?: { readonly localAPIEndpoint?: ApiEndpoint; readonly certificateKey?: string };
}

export interface ResetConfiguration {
  readonly cleanupTmpDir?: boolean;
  readonly certificatesDir?: string;
  readonly criSocket?: string;
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly ignorePreflightErrors?: readonly string[];
  readonly skipPhases?: readonly string[];
  readonly unmountFlags?: readonly string[];
  readonly timeouts?: Timeouts;
}

interface UpgradeStep {
  readonly kubernetesVersion?: string;
  readonly allowExperimentalUpgrades?: boolean;
  readonly allowRCUpgrades?: boolean;
  readonly certificateRenewal?: boolean;
  readonly dryRun?: boolean;
  readonly etcdUpgrade?: boolean;
  readonly forceUpgrade?: boolean;
  readonly ignorePreflightErrors?: readonly string[];
  readonly patches?: { readonly directory?: string };
  readonly printConfig?: boolean;
  readonly skipPhases?: readonly string[];
  readonly imagePullPolicy?: OrDefault<ImagePullPolicy>;
  readonly imagePullSerial?: boolean;
}

export interface UpgradeConfiguration {
  readonly apply?: UpgradeStep;
  readonly diff?: { readonly kubernetesVersion?: string; readonly contextLines?: number };
  readonly node?: UpgradeStep;
  readonly plan?: UpgradeStep;
  readonly timeouts?: Timeouts;
}

/** The documents of a file, by kind. */
export interface Documents {
  readonly InitConfiguration?: InitConfiguration;
  readonly ClusterConfiguration?: ClusterConfiguration;
  readonly JoinConfiguration?: JoinConfiguration;
  readonly ResetConfiguration?: ResetConfiguration;
  readonly UpgradeConfiguration?: UpgradeConfiguration;
  readonly KubeletConfiguration?: Fragment;
  readonly KubeProxyConfiguration?: Fragment;
}

export type Kind = keyof Documents;

/** Flags with both parts. */
export const wholeArgs = (args: readonly WrittenArg[] | undefined): readonly Arg[] =>
  (args ?? []).map(({ name = "", value = "" }) => ({ name, value }));

import type {
  EncryptionAlgorithm,
  EtcdMode,
  ExternalEtcd,
  FlannelBackend,
  Fragment,
  LoadBalancer,
  NetworkPlugin,
  ProxyMode,
  Role,
  RuntimeName,
  TaintEffect,
} from "./types.ts";

/** Flags by name, or as kubeadm v1beta4 lists them, where a name may occur more than once. */
export type ArgsFile = Readonly<Record<string, string>> | readonly { readonly name?: string; readonly value?: string }[];

export interface LoginFile {
  readonly user?: string;
  readonly port?: number;
  readonly identityFile?: string;
  readonly passphrase?: string;
  readonly password?: string;
}

export interface JumpHostFile extends LoginFile {
  readonly host?: string;
}

export interface SshFile extends LoginFile {
  readonly sudoPassword?: string;
  readonly agent?: boolean;
  /** Objects, or OpenSSH's `user@host:port`. */
  readonly jumpHosts?: readonly (string | JumpHostFile)[];
  readonly connectTimeout?: number;
  readonly keepAliveInterval?: number;
}

export interface HostFile {
  readonly name?: string;
  readonly address?: string;
  readonly internalAddress?: string;
  readonly roles?: readonly Role[];
  readonly labels?: Readonly<Record<string, string>>;
  /** Objects, or kubectl's `key=value:Effect`. */
  readonly taints?: readonly (string | { readonly key?: string; readonly value?: string; readonly effect?: TaintEffect })[];
  readonly local?: boolean;
  readonly ssh?: SshFile;
}

interface ComponentFile {
  readonly extraArgs?: ArgsFile;
}

interface KubernetesFile {
  readonly version?: string;
  readonly clusterName?: string;
  readonly podSubnet?: string;
  readonly serviceSubnet?: string;
  readonly dnsDomain?: string;
  readonly proxyMode?: ProxyMode;
  readonly encryptionAlgorithm?: EncryptionAlgorithm;
  readonly certificateValidityPeriod?: string;
  readonly caCertificateValidityPeriod?: string;
  readonly apiServer?: ComponentFile & { readonly certSANs?: readonly string[]; readonly bindPort?: number };
  readonly controllerManager?: ComponentFile;
  readonly scheduler?: ComponentFile;
  readonly kubelet?: Fragment;
  readonly kubeProxy?: Fragment;
}

interface EtcdFile extends ComponentFile {
  readonly mode?: EtcdMode;
  readonly dataDir?: string;
  readonly serverCertSANs?: readonly string[];
  readonly peerCertSANs?: readonly string[];
  readonly external?: Partial<ExternalEtcd>;
}

interface NetworkFile {
  readonly plugin?: NetworkPlugin | "calico" | "cilium" | "kube-ovn";
  readonly flannel?: {
    readonly backend?: FlannelBackend;
    readonly directRouting?: boolean;
    readonly interface?: string;
    readonly mtu?: number;
  };
}

interface SupplyFile {
  readonly mirrors?: Readonly<Record<string, string | readonly string[]>>;
  readonly imageRepository?: string;
  readonly bundle?: string;
  readonly zone?: "" | "cn";
}

/**
 * A configuration as written. Every field is optional here although the schema requires some: rules also read files of which
 * the ill-shaped parts were taken away, so that all problems come at once.
 */
export interface ClusterFile {
  readonly apiVersion?: "kbs/v1";
  readonly kind?: "Cluster";
  readonly metadata?: { readonly name?: string };
  readonly spec?: {
    readonly ssh?: SshFile;
    readonly hosts?: readonly HostFile[];
    /** An object, or `host:port`. */
    readonly controlPlaneEndpoint?: string | { readonly host?: string; readonly port?: number };
    readonly loadBalancer?: LoadBalancer;
    readonly kubernetes?: KubernetesFile;
    readonly runtime?: { readonly name?: RuntimeName; readonly config?: Fragment };
    readonly etcd?: EtcdFile;
    readonly network?: NetworkFile;
    readonly supply?: SupplyFile;
    readonly addons?: readonly { readonly name?: string; readonly values?: Fragment }[];
  };
}

/** A machine may hold several roles. A control plane that is also a worker carries no taint. */
export type Role = "control-plane" | "worker" | "etcd";
export type ProxyMode = "iptables" | "nftables" | "ipvs" | "none";
export type LoadBalancer = "none" | "haproxy" | "kube-vip";
export type RuntimeName = "containerd" | "cri-o";
export type EtcdMode = "stacked" | "dedicated" | "external";
export type NetworkPlugin = "flannel" | "none";
export type FlannelBackend = "vxlan" | "host-gw";
export type EncryptionAlgorithm = "RSA-2048" | "RSA-3072" | "RSA-4096" | "ECDSA-P256" | "ECDSA-P384";
export type TaintEffect = "NoSchedule" | "PreferNoSchedule" | "NoExecute";

/** A part of a foreign configuration (KubeletConfiguration, config.toml, …), merged into what kbs writes. */
export type Fragment = Readonly<Record<string, unknown>>;

export interface Taint {
  readonly key: string;
  /** Empty when the taint has none. */
  readonly value: string;
  readonly effect: TaintEffect;
}

/** A flag of a component, without its dashes. A name may occur more than once. */
export interface Arg {
  readonly name: string;
  readonly value: string;
}

/** How to log in. What is absent is left to `~/.ssh/config` and OpenSSH's own defaults. */
export interface Login {
  readonly user?: string;
  readonly port?: number;
  /** Absolute path. */
  readonly identityFile?: string;
  /** As `password` and `sudoPassword`: a text or a reference (`env:`, `file:`, `cmd:`) until `resolveSecrets`, a text after it. */
  readonly passphrase?: string;
  readonly password?: string;
}

export interface JumpHost extends Login {
  readonly host: string;
}

export interface Ssh extends Login {
  readonly sudoPassword?: string;
  /** Whether the keys of the SSH agent may be offered. */
  readonly agent: boolean;
  /** In the order in which they are passed, as in OpenSSH's ProxyJump. Absent: what `~/.ssh/config` says; empty: none. */
  readonly jumpHosts?: readonly JumpHost[];
  /** Seconds. */
  readonly connectTimeout: number;
  /** Seconds between two signs of life; 0 turns them off. */
  readonly keepAliveInterval: number;
}

export interface ClusterHost {
  /** The node's name. */
  readonly name: string;
  /** Where SSH goes: an IP address or a name. */
  readonly address: string;
  /** The node's IP address, which etcd, the API server and the pod network use. */
  readonly internalAddress: string;
  /** The node's address of the other family, in a dual-stack cluster. */
  readonly secondAddress?: string;
  readonly roles: readonly Role[];
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  /** Flags of its kubelet, from kubeadm's files. */
  readonly kubeletExtraArgs?: readonly Arg[];
  /** This machine: no SSH. */
  readonly local: boolean;
  /** Defaults of `spec.ssh` merged in. */
  readonly ssh: Ssh;
}

/** A path of the host that a component sees. */
export interface HostMount {
  readonly name: string;
  readonly hostPath: string;
  readonly mountPath: string;
  readonly readOnly: boolean;
  /** As in a pod's hostPath: `DirectoryOrCreate`, `File` …; empty for no check. */
  readonly pathType: string;
}

/** A variable of a component's environment. */
export interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: Fragment;
}

/** What only kubeadm's files say of a component. */
export interface ComponentExtras {
  readonly extraVolumes?: readonly HostMount[];
  readonly extraEnvs?: readonly Variable[];
}

export interface Component extends ComponentExtras {
  readonly extraArgs: readonly Arg[];
}

interface ApiServer extends Component {
  /** Additional names and addresses of its certificate. */
  readonly certSANs: readonly string[];
  /** The port on which each API server listens. */
  readonly bindPort: number;
}

export interface Kubernetes {
  /** Full, with the leading v: `v1.36.3`. */
  readonly version: string;
  readonly clusterName: string;
  /** One subnet, or one of each family separated by a comma; empty for none. */
  readonly podSubnet: string;
  /** As podSubnet; the family of the first is that of the API server's addresses. */
  readonly serviceSubnet: string;
  readonly dnsDomain: string;
  readonly proxyMode: ProxyMode;
  /** Where control planes keep certificates and keys, an absolute path. Absent: kubeadm's. */
  readonly certificatesDir?: string;
  /** The cluster gets no DNS from kbs. */
  readonly dnsDisabled?: boolean;
  readonly encryptionAlgorithm: EncryptionAlgorithm;
  /** Seconds. */
  readonly certificateValidity: { readonly leaf: number; readonly ca: number };
  readonly apiServer: ApiServer;
  readonly controllerManager: Component;
  readonly scheduler: Component;
  /** A KubeletConfiguration fragment. */
  readonly kubelet: Fragment;
  /** A KubeProxyConfiguration fragment. */
  readonly kubeProxy: Fragment;
}

export interface ExternalEtcd {
  readonly endpoints: readonly string[];
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
}

export interface Etcd extends Component {
  readonly mode: EtcdMode;
  /** Absolute path on the host. */
  readonly dataDir: string;
  readonly serverCertSANs: readonly string[];
  readonly peerCertSANs: readonly string[];
  readonly external?: ExternalEtcd;
}

export interface Network {
  readonly plugin: NetworkPlugin;
  readonly flannel: {
    readonly backend: FlannelBackend;
    /** vxlan only: hosts of one subnet speak directly. */
    readonly directRouting: boolean;
    /** Absent: the interface that carries the host's `internalAddress`. */
    readonly interface?: string;
    /** Bytes. Absent: taken from the interface. */
    readonly mtu?: number;
  };
}

/** Where an image comes from, as far as it differs from all others. */
export interface ImageSource {
  readonly repository?: string;
  readonly tag?: string;
}

export interface Supply {
  /** Registry name to the mirrors that are tried before it, in order. */
  readonly mirrors: Readonly<Record<string, readonly string[]>>;
  readonly imageRepository: string;
  /** From kubeadm's files. */
  readonly images?: { readonly etcd?: ImageSource; readonly coredns?: ImageSource };
  /** Absolute path of a bundle. */
  readonly bundle?: string;
  readonly zone: "" | "cn";
}

export interface Addon {
  readonly name: string;
  readonly values: Fragment;
}

/** What kubeadm's patch files may change. */
export const patchTargets = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kubeletconfiguration",
  "corednsdeployment",
  "kubeproxydaemonset",
] as const;
export type PatchTarget = (typeof patchTargets)[number];
export type PatchType = "strategic" | "merge" | "json";

/** A document of one of kubeadm's patch files. */
export interface Patch {
  readonly target: PatchTarget;
  readonly type: PatchType;
  /** A map, or for `json` a list of operations. */
  readonly content: unknown;
  /** Path, for messages. */
  readonly file: string;
}

/** A cluster as wished, with every default filled in. */
export interface Cluster {
  readonly name: string;
  /** The file it was read from, for messages; `-` for standard input. */
  readonly source: string;
  readonly hosts: readonly ClusterHost[];
  /** What kubeconfigs of the cluster name. */
  readonly controlPlaneEndpoint: { readonly host: string; readonly port: number };
  readonly loadBalancer: LoadBalancer;
  readonly kubernetes: Kubernetes;
  readonly runtime: {
    readonly name: RuntimeName;
    readonly config: Fragment;
    /** Its socket, as somebody has written it: `unix:///…`. Absent: where kubeadm finds it. */
    readonly endpoint?: string;
  };
  readonly etcd: Etcd;
  readonly network: Network;
  readonly supply: Supply;
  readonly addons: readonly Addon[];
  /** Seconds that the components of a control plane may take until they answer. Default: kubeadm's four minutes. */
  readonly controlPlaneWithin?: number;
  /** Proxy variables of the environment in which a run makes this machine a control plane: none are known of the hosts of a fleet. */
  readonly proxyVariables?: readonly Variable[];
  /** Laid over what kbs writes, in this order. */
  readonly patches?: readonly Patch[];
}

/** How one set of Go programs is built: from a module of test/lab/go, whose go.mod and go.sum pin every byte of source. */
export interface GoRecipe {
  /** Also the cache entry's name. */
  readonly name: string;
  /** The folder in test/lab/go. */
  readonly module: string;
  /** Import path of a main package → the name of its program. */
  readonly programs: Readonly<Record<string, string>>;
  /** Values set with the linker's -X. */
  readonly values?: Readonly<Record<string, string>>;
  /** A static cgo build with these tags. */
  readonly cgo?: { readonly tags: readonly string[] };
}

/** The releases of Kubernetes that the lab builds, by minor; the module of each is `kubernetes-<minor>`. */
export const kubernetesReleases = { "1.35": "v1.35.4", "1.36": "v1.36.3", "1.37": "v1.37.0" } as const;
export type KubernetesMinor = keyof typeof kubernetesReleases;
export const isKubernetesMinor = (word: string): word is KubernetesMinor => Object.hasOwn(kubernetesReleases, word);
/** What a lab has when nothing is told. No other is built before it is asked for. */
export const defaultMinor: KubernetesMinor = "1.36";

/** The versions the lab builds, Kubernetes where no other minor is asked for; image names and the bundle follow them. */
export const versions = {
  kubernetes: kubernetesReleases[defaultMinor],
  containerd: "v2.2.1",
  runc: "v1.3.4",
  cniPlugins: "v1.9.1",
  flannelCni: "v0.9.1",
  flannel: "v0.28.4",
  agnhost: "2.63.0",
} as const;

const kubernetesValues = (minor: KubernetesMinor): Record<string, string> =>
  Object.fromEntries(
    ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"].flatMap((path) => [
      [`${path}.gitVersion`, kubernetesReleases[minor]],
      [`${path}.gitMajor`, "1"],
      [`${path}.gitMinor`, minor.slice("1.".length)],
      [`${path}.gitTreeState`, "clean"],
    ]),
  );

const named = (prefix: string, names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [`${prefix}/${name}`, name.slice(name.lastIndexOf("/") + 1)]));

/** Every build for a minor of Kubernetes, in the order in which a first run needs them: what a host runs first, what runs in pods after it. */
export const goRecipes = (minor: KubernetesMinor = defaultMinor): readonly GoRecipe[] => [
  {
    name: "containerd",
    module: "containerd",
    programs: named("github.com/containerd/containerd/v2/cmd", ["containerd", "containerd-shim-runc-v2", "ctr"]),
    values: { "github.com/containerd/containerd/v2/version.Version": versions.containerd },
  },
  {
    name: "runc",
    module: "runc",
    programs: { "github.com/opencontainers/runc": "runc" },
    cgo: { tags: ["seccomp", "netgo", "osusergo"] },
  },
  {
    name: "cni-plugins",
    module: "cni-plugins",
    programs: named("github.com/containernetworking/plugins/plugins", [
      "ipam/dhcp",
      "ipam/host-local",
      "ipam/static",
      "main/bridge",
      "main/dummy",
      "main/host-device",
      "main/ipvlan",
      "main/loopback",
      "main/macvlan",
      "main/ptp",
      "main/tap",
      "main/vlan",
      "meta/bandwidth",
      "meta/firewall",
      "meta/portmap",
      "meta/sbr",
      "meta/tuning",
      "meta/vrf",
    ]),
    values: { "github.com/containernetworking/plugins/pkg/utils/buildversion.BuildVersion": versions.cniPlugins },
  },
  {
    name: "flannel-cni",
    module: "flannel-cni",
    programs: { "github.com/containernetworking/plugins/plugins/meta/flannel": "flannel" },
    values: { "github.com/containernetworking/plugins/pkg/utils/buildversion.BuildVersion": versions.flannelCni },
  },
  { name: "pause", module: "pause", programs: { "kbs.lab/pause": "pause" } },
  {
    name: "kubernetes-node",
    module: `kubernetes-${minor}`,
    programs: named("k8s.io/kubernetes/cmd", ["kubelet", "kubeadm", "kubectl"]),
    values: kubernetesValues(minor),
  },
  {
    name: "kubernetes-control-plane",
    module: `kubernetes-${minor}`,
    programs: named("k8s.io/kubernetes/cmd", ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy"]),
    values: kubernetesValues(minor),
  },
  {
    name: "etcd",
    module: "etcd",
    programs: { "go.etcd.io/etcd/server/v3": "etcd", "go.etcd.io/etcd/etcdctl/v3": "etcdctl", "go.etcd.io/etcd/etcdutl/v3": "etcdutl" },
  },
  { name: "coredns", module: "coredns", programs: { "github.com/coredns/coredns": "coredns" } },
  {
    name: "flannel",
    module: "flannel",
    programs: { "github.com/flannel-io/flannel": "flanneld" },
    values: { "github.com/flannel-io/flannel/pkg/version.Version": versions.flannel },
    cgo: { tags: [] },
  },
  { name: "agnhost", module: `kubernetes-${defaultMinor}`, programs: { "k8s.io/kubernetes/test/images/agnhost": "agnhost" } },
];
